"""What a write answers: the new revision, who gained and lost what, and the thing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from flask import Response, g

from authz.api.answers import answer
from authz.api.documented import REVISION, an_object, list_of
from authz.api.terms import PLAN_PATTERN
from authz.checking.entitlements import Entitlement
from authz.core.names import Subject
from authz.managing import Outcome

_ENTITLEMENT: Final = an_object(
    {"resource": {"type": "string"}, "action": {"type": "string"}, "condition": {"type": "string"}},
    {"of": {"type": "string", "description": "only on what this author wrote, or on this patient's record"}},
)
CHANGES: Final[dict[str, object]] = {"gained": list_of(_ENTITLEMENT), "lost": list_of(_ENTITLEMENT)}
WRITTEN: Final[dict[str, object]] = {
    "revision": REVISION,
    "effects": list_of(an_object({"subject": {"type": "string"}, **CHANGES})),
    "warnings": list_of({"type": "string"}),
    "plan": {"type": "string", "pattern": PLAN_PATTERN},
    "dry_run": {"type": "boolean"},
    "written": {"type": "boolean", "description": "false for a dry run, and where there was nothing to change"},
}


def written(outcome: Outcome, body: Mapping[str, object], *, dry_run: bool, status: int = 200) -> Response:
    """The answer to a write. The rights to it were decided where it was worked out, or there would be no outcome."""
    g.settled = True
    told = {
        **body,
        "revision": outcome.revision,
        "effects": [
            {"subject": str(e.subject), "gained": _listed(e.gained), "lost": _listed(e.lost)} for e in outcome.effects
        ],
        "warnings": [*outcome.warnings],
        "plan": outcome.plan,
        "dry_run": dry_run,
        "written": outcome.written,
    }
    response = answer(told, 200 if dry_run else status)
    response.headers["ETag"] = f'"{outcome.revision}"'
    return response


def changes_for(outcome: Outcome, subject: Subject) -> dict[str, object]:
    """What one person gained and lost."""
    effect = next((e for e in outcome.effects if e.subject == subject), None)
    return {"gained": _listed(effect.gained) if effect else [], "lost": _listed(effect.lost) if effect else []}


def _listed(entitlements: Iterable[Entitlement]) -> list[dict[str, object]]:
    return [
        {
            "resource": one.resource,
            "action": one.action,
            "condition": one.condition,
            **({"of": one.of} if one.of else {}),
        }
        for one in entitlements
    ]
