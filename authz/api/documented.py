"""The shapes of answers and of what stands inside bodies, for the OpenAPI document."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from authz.api.errors import PROBLEM, STATUS
from authz.api.fields import LARGEST
from authz.core.decision import Reason
from authz.policies import VOCABULARY

_REVISION: Final = {"type": "integer", "minimum": 0, "maximum": LARGEST, "description": "the practice's revision"}
_AGE: Final = {
    "type": "integer",
    "minimum": 0,
    "maximum": LARGEST,
    "description": "how long ago the policy was known to be as answered; only where the operator allows any age",
}
_TEXT: Final = {"type": "string"}
_MOMENT: Final = {"type": ["string", "null"], "format": "date-time"}


def _object(required: dict[str, object], optional: dict[str, object] | None = None) -> dict[str, object]:
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": [*required], "additionalProperties": False}


def _list(items: object) -> dict[str, object]:
    return {"type": "array", "items": items}


_OBLIGATION: Final = {
    "type": "object",
    "description": "what a yes demands of the caller; one who cannot honour it takes the answer as a no",
    "properties": {
        "type": {"enum": ["create_cosign_task", "restrict_to", "record_disclosure", "review_emergency"]},
        "assignee": _TEXT,
        "conditions": _list(_TEXT),
        "ids": _list(_TEXT),
        "until": {"type": "string", "format": "date-time"},
    },
    "required": ["type"],
}
_YES_OR_NO: Final[dict[str, object]] = {
    "allowed": {"type": "boolean"},
    "reason": {"enum": [reason.value for reason in Reason]},
}
_MORE: Final[dict[str, object]] = {"obligations": _list(_OBLIGATION), "detail": _TEXT}
CHECK_ANSWER: Final = _object({**_YES_OR_NO, "revision": _REVISION}, {"age_ms": _AGE, **_MORE})
BATCH_ANSWER: Final = _object({"revision": _REVISION, "results": _list(_object(_YES_OR_NO, _MORE))}, {"age_ms": _AGE})
PERMISSIONS_ANSWER: Final = _object(
    {"revision": _REVISION, "items": _list(_object({"resource": _TEXT, "action": _TEXT, "conditions": _list(_TEXT)}))}
)
_KEY: Final[dict[str, object]] = {
    "id": _TEXT,
    "subject": _TEXT,
    "label": _TEXT,
    "practice": {"type": ["string", "null"]},
    "created_by": _TEXT,
    "created_at": _MOMENT,
    "expires_at": _MOMENT,
    "revoked_at": _MOMENT,
}
KEY_PAGE: Final = _object({"items": _list(_object(_KEY)), "next": {"type": ["string", "null"]}})
KEY_CREATED: Final = _object({**_KEY, "token": _TEXT, "revision": _REVISION})
KEY_REVOKED: Final = _object({"id": _TEXT, "revision": _REVISION})
HEALTH_ANSWER: Final = _object({"status": _TEXT})
_ACTION: Final = _object(
    {
        "name": _TEXT,
        "meaning": _TEXT,
        "always_requires": _list(_TEXT),
        "never_allowed": {"type": "boolean"},
        "delegable": {"type": "boolean"},
    }
)
_ATTRIBUTE: Final = _object(
    {"name": _TEXT, "kind": {"enum": ["subject", "choice", "text"]}, "meaning": _TEXT}, {"choices": _list(_TEXT)}
)
VOCABULARY_ANSWER: Final = _object(
    {
        "resource_types": _list(
            _object({"name": _TEXT, "title": _TEXT, "actions": _list(_ACTION), "attributes": _list(_ATTRIBUTE)})
        ),
        "conditions": _list(_object({"name": _TEXT, "meaning": _TEXT})),
        "reports": _list(_object({"id": _TEXT, "title": _TEXT})),
    }
)
COMPONENTS: Final[dict[str, dict[str, object]]] = {
    "Problem": _object(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "code": _TEXT,
        },
        {"errors": _list(_object({"path": _TEXT, "message": _TEXT}))},
    ),
    "Resource": _object(
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
    "Context": _object(
        {},
        {
            "authenticated_at": {"type": "string", "format": "date-time"},
            "reason": {"type": "string", "maxLength": 1000},
            "epcs_2fa": {"type": "boolean"},
        },
    ),
}


def problem_responses() -> dict[str, dict[str, object]]:
    """One response for each status that a failure can have."""
    statuses = sorted({status for status, _ in STATUS.values()} | {413})
    return {
        f"Problem{status}": {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
