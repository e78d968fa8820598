"""GET and POST /v1/practices/{practice}/requests, POST .../{id}/approve and deny: what somebody else has to allow."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from authz.api.answers import answer, moment
from authz.api.auth import caller, services
from authz.api.documented import MOMENT, REVISION, TEXT, an_object
from authz.api.entered import Choice
from authz.api.families import Family
from authz.api.fields import UserName
from authz.api.outcomes import WRITTEN, written
from authz.api.paging import PageQuery, cursor_at, page_of, place_of
from authz.api.paths import ID, PRACTICE
from authz.api.rights import need
from authz.api.terms import NeededBody
from authz.core.errors import NotAllowed
from authz.core.names import Practice, Subject
from authz.core.people import REQUEST_KINDS, REQUEST_STATES, AccessRequest
from authz.managing import Outcome, Terms, filters
from authz.managing.entries import Entries

family = Family("requests", "Enablement for eRx and paid seats: asked for by one, allowed by another")
_REQUESTS: Final = "/v1/practices/<practice>/requests"
_REQUEST: Final[dict[str, object]] = {
    "id": TEXT,
    "kind": {"enum": [*REQUEST_KINDS]},
    "user": TEXT,
    "seat": TEXT,
    "state": {"enum": [*REQUEST_STATES]},
    "asked_by": TEXT,
    "asked_at": MOMENT,
    "reason": TEXT,
    "decided_by": TEXT,
    "decided_at": MOMENT,
    "decision_reason": TEXT,
}
_PAGE: Final = an_object({**page_of(an_object(_REQUEST)), "revision": REVISION})
_WRITTEN: Final = an_object({**_REQUEST, **WRITTEN})


class RequestsQuery(PageQuery):
    """Which requests are wanted."""

    state = Choice(REQUEST_STATES)
    user = UserName()


class RequestBody(NeededBody):
    """What is asked for, and for whom."""

    kind = Choice(REQUEST_KINDS, required=True)
    user = UserName(required=True, metadata={"example": "sue"})


@family.endpoint("GET", _REQUESTS, _PAGE, (403, 404), query=RequestsQuery, names=[PRACTICE])
def list_requests(query: dict[str, Any], practice: Practice) -> Response:
    """Lists requests, the oldest first

    Who may not see all of them sees those they made.
    """
    mine = _only_mine(practice)
    revision, limit, after = services().store.revision(practice), query["limit"], place_of(query.get("cursor"))
    found = services().store.access_requests(
        practice, query.get("state", ""), query.get("user"), after, limit + 1, asked_by=mine
    )
    if not found and "user" in query:
        entries = Entries()
        filters.person_wanted(entries, "user", services().store.snapshot(practice), query["user"])
        entries.settle()
    following = cursor_at(found[limit - 1].id) if len(found) > limit else None
    body = {"items": [_shown(request) for request in found[:limit]], "next": following, "revision": revision}
    return answer(body, revision=revision)


@family.write("POST", _REQUESTS, _WRITTEN, status=201, body=RequestBody, names=[PRACTICE])
def make_request(by: Terms, body: dict[str, Any], practice: Practice) -> Response:
    """Asks for a person's enablement for eRx, as only a prescriber may, or again for a paid seat"""
    user: Subject = body["user"]
    return _written(services().requests.ask(by, practice, body["kind"], user), by, 201)


@family.write("POST", f"{_REQUESTS}/<id>/approve", _WRITTEN, names=[PRACTICE, ID])
def approve_request(by: Terms, _: dict[str, Any], practice: Practice, id: str) -> Response:
    """Allows what somebody else asked for"""
    return _written(services().requests.approve(by, practice, id), by)


@family.write("POST", f"{_REQUESTS}/<id>/deny", _WRITTEN, names=[PRACTICE, ID])
def deny_request(by: Terms, _: dict[str, Any], practice: Practice, id: str) -> Response:
    """Refuses what somebody else asked for"""
    return _written(services().requests.deny(by, practice, id), by)


def _only_mine(practice: Practice) -> str:
    """Whose requests alone the caller may see; empty for all of them. Raises NotAllowed if none."""
    try:
        need(practice, "access_request", "read")
    except NotAllowed:
        mine = str(caller().subject)
        need(practice, "access_request", "read", owner=mine)
        return mine
    return ""


def _written(outcome: Outcome, by: Terms, status: int = 200) -> Response:
    request = outcome.answer
    assert isinstance(request, AccessRequest)  # noqa: S101  # what the use case answers with
    return written(outcome, _shown(request), dry_run=by.dry_run, status=status)


def _shown(request: AccessRequest) -> dict[str, object]:
    return {
        "id": request.id,
        "kind": request.kind,
        "user": str(request.user),
        "seat": request.seat,
        "state": request.state,
        "asked_by": request.asked_by,
        "asked_at": moment(request.asked_at),
        "reason": request.reason,
        "decided_by": request.decided_by,
        "decided_at": moment(request.decided_at),
        "decision_reason": request.decision_reason,
    }
