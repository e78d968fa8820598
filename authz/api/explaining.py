"""POST /v1/explain: why may this subject do this, or why not?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import marshmallow as ma
from flask import Response

from authz.api.answers import answer
from authz.api.auth import caller, services
from authz.api.decisions import record_emergencies
from authz.api.documented import CHECK_ANSWER, MOMENT, TEXT, an_object, list_of
from authz.api.families import Family
from authz.api.fields import LARGEST
from authz.api.questions import CheckBody, read_check
from authz.api.rights import may, need, need_to_ask
from authz.core.changes import Event
from authz.core.moments import told
from authz.reviewing.discretion import without_own_roles
from authz.reviewing.explaining import Explanation
from authz.reviewing.telling import as_plain

family = Family("explaining", "Why may this subject do this, or why not?")
_MAYBE: Final = {"type": ["string", "null"]}
_RULE: Final[dict[str, object]] = {
    **dict.fromkeys(("role", "practice", "resource", "action", "conditions"), TEXT),
    "effect": {"enum": ["allow", "deny"]},
    "source": {**_MAYBE, "description": "file and line"},
}
_HELD: Final = an_object(
    {"role": TEXT, "granted_by": _MAYBE, "granted_at": MOMENT},
    {"expires_at": MOMENT, "everywhere": {"type": "boolean"}},
)
_STEP_KINDS: Final = (
    "switch", "role", "seat", "seat_confirmation", "erx_enablement", "cosigner", "reactivation", "emergency", "reason",
    "second_factor", "sign_in",
)  # fmt: skip
_STEP: Final = {"type": "object", "properties": {"kind": {"enum": [*_STEP_KINDS]}}, "required": ["kind"]}
_CHECKED: Final[Any] = CHECK_ANSWER["properties"]
EXPLANATION: Final = an_object(
    {
        **{name: _CHECKED[name] for name in ("allowed", "reason", "revision")},
        "roles": list_of(_HELD),
        "rule": {"anyOf": [an_object(_RULE), {"type": "null"}]},
        "conditions": {"type": "object", "additionalProperties": {"type": "boolean"}},
        "rules": list_of(an_object({**_RULE, "role_held": {"type": "boolean"}, "missing": list_of(TEXT)})),
        "would_allow": list_of(an_object({"change": TEXT, "steps": list_of(_STEP)})),
        "text": TEXT,
    },
    {
        **{name: _CHECKED[name] for name in ("obligations", "detail")},
        "ended": {**list_of(_HELD), "description": "grants of such roles that the subject held until `expires_at`"},
        "at": MOMENT,
    },
)


class When(ma.fields.Field[int | datetime]):
    """A revision, or a moment with its offset from UTC."""

    def _deserialize(self, value: object, attr: str | None, data: object, **more: object) -> int | datetime:
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST:
            return value
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or moment.utcoffset() is None:
            raise ma.ValidationError("must be a revision, or a moment with its offset from UTC")
        return moment.astimezone(UTC)


class ExplainBody(CheckBody):
    """A question, and the time it is about where that is not now."""

    class Meta:
        """What it leaves out of a check's body."""

        exclude = ("at_least_revision", "max_age_ms")

    at = When(
        metadata={
            "oneOf": [{"type": "integer", "minimum": 1, "maximum": LARGEST}, {"type": "string", "format": "date-time"}],
            "description": "as it was then, told from the audit trail; takes the right to read that",
        },
        error_messages={"null": "must not be null"},
    )


@family.endpoint("POST", "/v1/explain", EXPLANATION, (403, 404), body=ExplainBody)
def explain(body: dict[str, Any]) -> Response:
    """Explains an answer

    The decision is what a check of the same question gives. `rule` is the one that allows or forbids; `rules` are all
    about this action, the nearest first; `would_allow` are the smallest sets of changes that would make a no a yes:
    where there is none, no switch and no grant does. `text` says it in a sentence or two. To callers who may not read
    the roles that the practice made nothing tells of these, but for those that the subject holds.
    """
    at = body.pop("at", None)
    request = read_check(body)
    need_to_ask(request.practice, [request.subject])
    if at is None:
        explanation = services().explaining.explain(request)
        record_emergencies([(explanation.request, explanation.decision)])
        return answer(as_plain(_for_the_caller(explanation)))
    need(request.practice, "audit_log", "read")
    explanation = services().explaining.explain_past(request, at)
    asked = {"at": told(explanation.at), "action": request.action, "resource_type": request.resource.type}
    services().store.record(
        request.practice, [Event(caller().actor, "past_explained", str(request.subject), after=asked)]
    )
    return answer(as_plain(_for_the_caller(explanation)))


def _for_the_caller(explanation: Explanation) -> Explanation:
    """INVARIANT: who may not see the practice's own roles is told of none but those that the asker holds."""
    practice = explanation.request.practice
    sees = all(may(practice, resource, "read") for resource in ("role", "analytics_role"))
    return explanation if sees else without_own_roles(explanation)
