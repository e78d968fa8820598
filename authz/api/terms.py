"""The terms of a write as a request states them: who, why, on which revision, in earnest or not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import marshmallow as ma
from flask import request

from authz.api.auth import caller
from authz.api.fields import LARGEST, Body, Plain, Text, YesOrNo
from authz.core.errors import FieldError, Invalid
from authz.managing import Terms

LONGEST_REASON: Final = 1000
PLAN_PATTERN: Final = "^sha256:[0-9a-f]{64}$"
IF_MATCH: Final[Mapping[str, object]] = {
    "name": "If-Match",
    "in": "header",
    "description": 'the revision that this write was made up from, as "41"; another one refuses it, * takes any',
    "schema": {"type": "string"},
    "example": "*",  # tried out in a browser, one that is not the present one would refuse every write
}
_REVISION: Final = re.compile(r'(?:W/)?(?P<quote>"?)(?P<revision>[0-9]{1,16})(?P=quote)')
_REASON: Final = {"description": "why; kept in the audit log", "maxLength": LONGEST_REASON}
_PLAN: Final = {"description": "write only if the effect is still that of this dry run", "pattern": PLAN_PATTERN}


def why(*, required: bool = False) -> Plain:
    """The field for why something is done."""
    longest = ma.validate.Length(max=LONGEST_REASON, error=f"must not be longer than {LONGEST_REASON} characters")
    return Plain(validate=longest, metadata=_REASON, required=required)


def _plan() -> Text:
    digest = ma.validate.Regexp(PLAN_PATTERN, error="must be the `plan` of a dry run")
    return Text(validate=digest, metadata=_PLAN)


class WriteBody(Body):
    """What every write may say beside what it changes; nothing at all is a body too."""

    optional = True
    reason = why()
    plan = _plan()


class NeededBody(WriteBody):
    """A write that says nothing is no write of this kind."""

    optional = False


class WriteQuery(Body):
    """How a write is meant; `reason` and `plan` may stand here for calls without a body."""

    dry_run = YesOrNo(load_default=False, metadata={"description": "change nothing, answer what would change"})
    reason = why()
    plan = _plan()


def terms(query: Mapping[str, Any], body: Mapping[str, Any]) -> Terms:
    """The terms of the present request; raises Invalid for a bad `If-Match` and for a thing said twice differently."""
    wrong = [
        FieldError(name, "says something else in the query than in the body")
        for name in ("reason", "plan")
        if name in query and name in body and query[name] != body[name]
    ]
    header = request.headers.get("If-Match", "*").strip()
    given = _REVISION.fullmatch(header)
    if header != "*" and (given is None or int(given["revision"]) > LARGEST):
        wrong.append(FieldError("If-Match", 'must be a revision such as "41", or *'))
    if wrong:
        raise Invalid(wrong)
    who, told = caller(), {**query, **body}
    return Terms(
        actor=who.actor,
        reason=told.get("reason", "").strip(),
        expected=int(given["revision"]) if given else None,
        dry_run=query["dry_run"],
        plan=told.get("plan"),
        signed_in=who.signed_in,
        only_in=who.practice,
    )
