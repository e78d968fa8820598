"""Questions as bodies state them: one check or a batch, turned into core requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import marshmallow as ma

from authz.api.fields import LARGEST, PRACTICE_PATTERN, SUBJECT_PATTERN, Body, Few, Given, PracticeName, Text, Whole
from authz.core.decision import Request
from authz.core.errors import FieldError, Invalid
from authz.core.names import INSTALLATION, BadName, Practice
from authz.policies.asking import question

MOST_CHECKS: Final = 1000
_HOW_MANY: Final = f"must hold 1 to {MOST_CHECKS} checks"
_PRACTICE: Final = {"pattern": PRACTICE_PATTERN, "example": "northside"}
_SUBJECT: Final = {"pattern": SUBJECT_PATTERN, "description": "who would act", "example": "user:lee"}
_ACTION: Final = {"description": "an action of the resource's type", "example": "edit"}
_RESOURCE: Final = {"allOf": [{"$ref": "#/components/schemas/Resource"}]}
_CONTEXT: Final = {"allOf": [{"$ref": "#/components/schemas/Context"}]}
_AT_LEAST: Final = {"minimum": 0, "maximum": LARGEST, "description": "answer from this revision or a later one"}
_MAX_AGE: Final = {"minimum": 0, "maximum": LARGEST, "description": "answer from a policy not older than this"}


class CheckBody(Body):
    """One question."""

    practice = PracticeName(required=True, metadata=_PRACTICE)
    subject = Text(required=True, metadata=_SUBJECT)
    action = Text(required=True, metadata=_ACTION)
    resource = Given(required=True, metadata=_RESOURCE)
    context = Given(metadata=_CONTEXT)
    at_least_revision = Whole(metadata=_AT_LEAST)
    max_age_ms = Whole(metadata=_MAX_AGE)

    def further(self, raw: object) -> tuple[FieldError, ...]:
        """What the policy's vocabulary has against the rest of the body."""
        return _errors_of(read_check, raw)


class OneCheck(Body):
    """A question of a batch; what it leaves out stands above it."""

    subject = Text(metadata=_SUBJECT)
    action = Text(required=True, metadata=_ACTION)
    resource = Given(required=True, metadata=_RESOURCE)
    context = Given(metadata=_CONTEXT)


class BatchBody(Body):
    """Up to a thousand questions about one practice, answered at one revision and in the same order."""

    practice = PracticeName(required=True, metadata=_PRACTICE)
    subject = Text(metadata=_SUBJECT)
    context = Given(metadata=_CONTEXT)
    at_least_revision = Whole(metadata=_AT_LEAST)
    max_age_ms = Whole(metadata=_MAX_AGE)
    checks = Few(
        ma.fields.Nested(OneCheck),
        MOST_CHECKS,
        _HOW_MANY,
        required=True,
        validate=ma.validate.Length(1, MOST_CHECKS, error=_HOW_MANY),
    )

    def further(self, raw: object) -> tuple[FieldError, ...]:
        """What the policy's vocabulary has against the checks of a body that is not too long to look at."""
        checks = raw.get("checks") if isinstance(raw, Mapping) else None
        return _errors_of(read_batch, raw) if isinstance(checks, list) and len(checks) <= MOST_CHECKS else ()


def read_check(body: Mapping[str, Any]) -> Request:
    """The question of a check's body; raises Invalid naming every bad field."""
    return question(
        _practice(body.get("practice")),
        cast("str", body.get("subject")),
        cast("str", body.get("action")),
        cast("Mapping[str, object]", body.get("resource")),
        body.get("context"),
    )


def read_batch(body: Mapping[str, Any]) -> list[Request]:
    """The questions of a batch's body, in order; raises Invalid naming every bad field of every one."""
    practice = _practice(body.get("practice"))
    defaults = {name: body[name] for name in ("subject", "context") if name in body}
    questions: list[Request] = []
    errors: dict[str, FieldError] = {}
    for index, check in enumerate(body["checks"]):
        if not isinstance(check, Mapping):
            continue  # the schema says so already
        full = {**defaults, **check}
        lead = f"checks.{index}."
        try:
            questions.append(
                question(
                    practice,
                    cast("str", full.get("subject")),
                    cast("str", full.get("action")),
                    cast("Mapping[str, object]", full.get("resource")),
                    full.get("context"),
                    lead,
                )
            )
        except Invalid as invalid:
            inherited = [name for name in defaults if name not in check]
            errors |= {e.path: e for e in (_where_it_stands(e, lead, inherited) for e in invalid.errors)}
    if errors:
        raise Invalid(errors.values())
    return questions


def _where_it_stands(error: FieldError, lead: str, inherited: Iterable[str]) -> FieldError:
    """The error with the path of the field it comes from, which for a default is the top of the body."""
    path = error.path.removeprefix(lead)
    return FieldError(path, error.message) if path.partition(".")[0] in inherited else error


def _practice(given: object) -> Practice:
    """The practice, or for a name that is none a stand-in: the schema refuses the body then."""
    if isinstance(given, Practice):
        return given
    try:
        return Practice.parse(given) if isinstance(given, str) else INSTALLATION
    except BadName:
        return INSTALLATION


def _errors_of(read: Any, raw: object) -> tuple[FieldError, ...]:
    try:
        read(raw if isinstance(raw, Mapping) else {})
    except Invalid as invalid:
        return invalid.errors
    return ()
