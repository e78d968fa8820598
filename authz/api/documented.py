"""The shapes of answers and of what stands inside bodies, for the OpenAPI document."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from authz.api.errors import PROBLEM, STATUS
from authz.api.fields import LARGEST
from authz.core.decision import Reason
from authz.policies import VOCABULARY

REVISION: Final = {"type": "integer", "minimum": 0, "maximum": LARGEST, "description": "the practice's revision"}
_AGE: Final = {
    "type": "integer",
    "minimum": 0,
    "maximum": LARGEST,
    "description": "how long ago the policy was known to be as answered; only where the operator allows any age",
}
TEXT: Final = {"type": "string"}
MOMENT: Final = {"type": ["string", "null"], "format": "date-time"}


def an_object(required: dict[str, object], optional: dict[str, object] | None = None) -> dict[str, object]:
    """The schema of an object with these fields and no others."""
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": [*required], "additionalProperties": False}


def list_of(items: object) -> dict[str, object]:
    """The schema of a list."""
    return {"type": "array", "items": items}


_OBLIGATION: Final = {
    "type": "object",
    "description": "what a yes demands of the caller; one who cannot honour it takes the answer as a no",
    "properties": {
        "type": {"enum": ["create_cosign_task", "restrict_to", "record_disclosure", "review_emergency"]},
        "assignee": TEXT,
        "conditions": list_of(TEXT),
        "ids": list_of(TEXT),
        "until": {"type": "string", "format": "date-time"},
    },
    "required": ["type"],
}
_YES_OR_NO: Final[dict[str, object]] = {
    "allowed": {"type": "boolean"},
    "reason": {"enum": [reason.value for reason in Reason]},
}
_MORE: Final[dict[str, object]] = {"obligations": list_of(_OBLIGATION), "detail": TEXT}
CHECK_ANSWER: Final = an_object({**_YES_OR_NO, "revision": REVISION}, {"age_ms": _AGE, **_MORE})
BATCH_ANSWER: Final = an_object(
    {"revision": REVISION, "results": list_of(an_object(_YES_OR_NO, _MORE))}, {"age_ms": _AGE}
)
PERMISSIONS_ANSWER: Final = an_object(
    {"revision": REVISION, "items": list_of(an_object({"resource": TEXT, "action": TEXT, "conditions": list_of(TEXT)}))}
)
KEY: Final[dict[str, object]] = {
    "id": TEXT,
    "subject": TEXT,
    "label": TEXT,
    "practice": {"type": ["string", "null"]},
    "created_by": TEXT,
    "created_at": MOMENT,
    "expires_at": MOMENT,
    "revoked_at": MOMENT,
}
KEY_PAGE: Final = an_object(
    {"items": list_of(an_object(KEY)), "next": {"type": ["string", "null"]}, "revision": REVISION}
)
HEALTH_ANSWER: Final = an_object({"status": TEXT})
_ACTION: Final = an_object(
    {
        "name": TEXT,
        "meaning": TEXT,
        "always_requires": list_of(TEXT),
        "never_allowed": {"type": "boolean"},
        "delegable": {"type": "boolean"},
    }
)
_ATTRIBUTE: Final = an_object(
    {"name": TEXT, "kind": {"enum": ["subject", "choice", "flag", "text"]}, "meaning": TEXT}, {"choices": list_of(TEXT)}
)
VOCABULARY_ANSWER: Final = an_object(
    {
        "resource_types": list_of(
            an_object({"name": TEXT, "title": TEXT, "actions": list_of(_ACTION), "attributes": list_of(_ATTRIBUTE)})
        ),
        "conditions": list_of(an_object({"name": TEXT, "meaning": TEXT})),
        "reports": list_of(an_object({"id": TEXT, "title": TEXT})),
    }
)
COMPONENTS: Final[dict[str, dict[str, object]]] = {
    "Problem": an_object(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "code": TEXT,
        },
        {"errors": list_of(an_object({"path": TEXT, "message": TEXT}))},
    ),
    "Resource": an_object(
        {"type": {"enum": [*VOCABULARY.types]}},
        {
            "id": {"type": "string", "minLength": 1, "maxLength": 200},
            "attributes": {
                "type": "object",
                "description": "those that the vocabulary names for the type",
                "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 200},
            },
        },
    ),
    "Context": an_object(
        {},
        {
            "authenticated_at": {"type": "string", "format": "date-time"},
            "reason": {"type": "string", "maxLength": 1000},
            "epcs_2fa": {"type": "boolean"},
        },
    ),
}


_ID: Final = {"X-Request-ID": {"description": "finds what happened in the service's log", "schema": TEXT}}
_HEADERS: Final[dict[int, dict[str, object]]] = {
    401: {"WWW-Authenticate": {"schema": TEXT}},
    503: {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}},
}


def problem_responses() -> dict[str, dict[str, object]]:
    """One response for each status that a failure can have."""
    statuses = sorted({status for status, _ in STATUS.values()} | {413, 414})
    return {
        f"Problem{status}": {
            "description": HTTPStatus(status).phrase,
            "headers": {**_ID, **_HEADERS.get(status, {})},
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
