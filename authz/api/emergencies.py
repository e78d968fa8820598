"""/v1/practices/{practice}/emergency-access: the glass is broken, mended, and looked at afterwards."""

from __future__ import annotations

from typing import Any, Final

import marshmallow as ma
from flask import Response

from authz.api.answers import answer, moment
from authz.api.auth import services
from authz.api.documented import MOMENT, REVISION, TEXT, an_object
from authz.api.entered import Line
from authz.api.families import Family
from authz.api.fields import Whole, YesOrNo
from authz.api.outcomes import WRITTEN, written
from authz.api.paging import PageQuery, cursor_at, page_of, place_of
from authz.api.paths import ID, PRACTICE
from authz.api.rights import need
from authz.api.terms import NeededBody, why
from authz.core.names import Practice
from authz.core.people import Emergency
from authz.managing import Outcome, Terms
from authz.managing.emergencies import LONGEST_MINUTES

family = Family("emergencies", "Emergency access: one patient, one person, a reason, four hours at most")
_EMERGENCIES: Final = "/v1/practices/<practice>/emergency-access"
_EMERGENCY: Final[dict[str, object]] = {
    "id": TEXT,
    "user": TEXT,
    "patient": TEXT,
    "reason": TEXT,
    "started_at": MOMENT,
    "until": MOMENT,
    "ended_at": MOMENT,
    "open": {"type": "boolean"},
    "reviewed_by": {"type": ["string", "null"]},
    "reviewed_at": MOMENT,
}
_PAGE: Final = an_object({**page_of(an_object(_EMERGENCY)), "revision": REVISION})
_WRITTEN: Final = an_object({**_EMERGENCY, **WRITTEN})


class EmergenciesQuery(PageQuery):
    """Which emergencies are wanted."""

    to_review = YesOrNo(load_default=False, metadata={"description": "only those that nobody has reviewed"})


class EmergencyBody(NeededBody):
    """An emergency."""

    patient = Line(required=True, metadata={"example": "p1"})
    minutes = Whole(
        required=True,
        validate=ma.validate.Range(1, LONGEST_MINUTES, error=f"must be 1 to {LONGEST_MINUTES}"),
        metadata={"minimum": 1, "maximum": LONGEST_MINUTES, "example": 60},
    )
    reason = why(required=True)


@family.endpoint("GET", _EMERGENCIES, _PAGE, (403, 404), query=EmergenciesQuery, names=[PRACTICE])
def list_emergencies(query: dict[str, Any], practice: Practice) -> Response:
    """Lists emergency accesses, the oldest first"""
    need(practice, "emergency_access", "read")
    revision, limit, after = services().store.revision(practice), query["limit"], place_of(query.get("cursor"))
    found = services().store.emergencies(practice, to_review=query["to_review"], after=after, limit=limit + 1)
    following = cursor_at(found[limit - 1].id) if len(found) > limit else None
    body = {"items": [_shown(emergency) for emergency in found[:limit]], "next": following, "revision": revision}
    return answer(body, revision=revision)


@family.write("POST", _EMERGENCIES, _WRITTEN, status=201, body=EmergencyBody, names=[PRACTICE])
def start_emergency(by: Terms, body: dict[str, Any], practice: Practice) -> Response:
    """Opens one patient's ordinary record to the caller, for reading

    The caller must be listed for emergency access; `reason` must say why. It ends by itself.
    """
    return _written(services().emergencies.start(by, practice, body["patient"], body["minutes"]), by, 201)


@family.write("POST", f"{_EMERGENCIES}/<id>/end", _WRITTEN, names=[PRACTICE, ID])
def end_emergency(by: Terms, _: dict[str, Any], practice: Practice, id: str) -> Response:
    """Ends an emergency access before its time"""
    return _written(services().emergencies.end(by, practice, id), by)


@family.write("POST", f"{_EMERGENCIES}/<id>/review", _WRITTEN, names=[PRACTICE, ID])
def review_emergency(by: Terms, _: dict[str, Any], practice: Practice, id: str) -> Response:
    """States that an admin other than the person has looked at an emergency that is over"""
    return _written(services().emergencies.review(by, practice, id), by)


def _written(outcome: Outcome, by: Terms, status: int = 200) -> Response:
    emergency = outcome.answer
    assert isinstance(emergency, Emergency)  # noqa: S101  # what the use case answers with
    return written(outcome, _shown(emergency), dry_run=by.dry_run, status=status)


def _shown(emergency: Emergency) -> dict[str, object]:
    return {
        "id": emergency.id,
        "user": str(emergency.user),
        "patient": emergency.patient,
        "reason": emergency.reason,
        "started_at": moment(emergency.started_at),
        "until": moment(emergency.until),
        "ended_at": moment(emergency.ended_at),
        "open": emergency.open_at(services().now()),
        "reviewed_by": str(emergency.reviewed_by) if emergency.reviewed_by else None,
        "reviewed_at": moment(emergency.reviewed_at),
    }
