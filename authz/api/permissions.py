"""GET /v1/practices/{practice}/users/{user}/permissions: everything a person may do in a practice."""

from __future__ import annotations

from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.documented import PERMISSIONS_ANSWER
from authz.api.families import Family, named
from authz.api.fields import NAME_PATTERN, PRACTICE_PATTERN
from authz.api.rights import need_to_ask
from authz.core.decision import Reason, Request, Resource
from authz.core.errors import NotFound
from authz.core.names import BadName, Practice, Subject

family = Family("permissions", "Everything a person may do")


@family.endpoint(
    "GET",
    "/v1/practices/<practice>/users/<user>/permissions",
    PERMISSIONS_ANSWER,
    (403, 404),
    names=[named("practice", PRACTICE_PATTERN, "northside"), named("user", NAME_PATTERN, "lee")],
)
def permissions(practice: str, user: str) -> Response:
    """Lists what a person may do here

    Each item is allowed where all its conditions hold; one without conditions is always allowed.
    """
    here, subject = _names(practice, user)
    need_to_ask(here, [subject])
    revision, found = services().checker.permissions(here, subject)
    if not found and _unknown(here, subject):
        raise NotFound("user", user)
    items = [{"resource": p.resource, "action": p.action, "conditions": list(p.conditions)} for p in found]
    return answer({"revision": revision, "items": items})


def _names(practice: str, user: str) -> tuple[Practice, Subject]:
    """The names in the path; one that can be no name is not found, like one that nobody bears."""
    try:
        here = Practice.parse(practice)
    except BadName as error:
        raise NotFound("practice", practice) from error
    try:
        return here, Subject.user(user)
    except BadName as error:
        raise NotFound("user", user) from error


def _unknown(practice: Practice, subject: Subject) -> bool:
    request = Request(practice, subject, "ask", Resource("decision", attributes={"owner": str(subject)}))
    return services().checker.check(request).reason is Reason.UNKNOWN_SUBJECT
