"""GET /v1/practices/{practice}/users/{user}/permissions: everything a person may do in a practice."""

from __future__ import annotations

from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.documented import PERMISSIONS_ANSWER
from authz.api.families import Family
from authz.api.noting import note_search
from authz.api.paths import PRACTICE, USER
from authz.api.rights import need_to_ask
from authz.core.decision import Reason, Request, Resource
from authz.core.errors import NotFound
from authz.core.names import Practice, Subject

family = Family("permissions", "Everything a person may do")


@family.endpoint(
    "GET",
    "/v1/practices/<practice>/users/<user>/permissions",
    PERMISSIONS_ANSWER,
    (403, 404),
    names=[PRACTICE, USER],
)
def permissions(practice: Practice, user: Subject) -> Response:
    """Lists what a person may do here

    Each item is allowed where all its conditions hold; one without conditions is always allowed.
    """
    need_to_ask(practice, [user])
    revision, found = services().checker.permissions(practice, user)
    if not found and _unknown(practice, user):
        raise NotFound("user", user.id)
    items = [{"resource": p.resource, "action": p.action, "conditions": list(p.conditions)} for p in found]
    note_search("permissions", practice, revision, len(items), subject=user)
    return answer({"revision": revision, "items": items})


def _unknown(practice: Practice, subject: Subject) -> bool:
    request = Request(practice, subject, "ask", Resource("decision", attributes={"owner": str(subject)}))
    return services().checker.check(request).reason is Reason.UNKNOWN_SUBJECT
