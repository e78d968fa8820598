"""GET, PUT and PATCH /v1/practices/{practice}/users/{user}/access: the access sheet of a member."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.documented import REVISION, an_object
from authz.api.families import Family
from authz.api.outcomes import CHANGES, WRITTEN, changes_for, written
from authz.api.paths import PRACTICE, USER
from authz.api.rights import need
from authz.api.sheet import SHEET, AccessBody, given_of, shown
from authz.core.errors import NotFound
from authz.core.names import Practice, Subject
from authz.core.people import AccessSheet
from authz.managing import Outcome, Terms, sheets
from authz.policies.switches import default_sheet

family = Family("access", "The access sheet of a member, and exactly what each change of it gives and takes")
_PATH: Final = "/v1/practices/<practice>/users/<user>/access"
_NAMES: Final = [PRACTICE, USER]
_ACCESS: Final[dict[str, object]] = {"access": an_object({**SHEET})}
_CHANGED: Final = an_object({**_ACCESS, "changes": an_object({**CHANGES}), **WRITTEN})


@family.endpoint("GET", _PATH, an_object({**_ACCESS, "revision": REVISION}), (403, 404), names=_NAMES)
def get_access(practice: Practice, user: Subject) -> Response:
    """Shows a member's access sheet"""
    need(practice, "grant", "read")
    snapshot = services().store.snapshot(practice)
    member = snapshot.memberships.get(user)
    if member is None:
        raise NotFound("user", user.id)
    analytics = sheets.analytics_ids(services().store.roles(practice))
    sheet = sheets.present_sheet(snapshot, member, analytics, services().now())
    return answer({"access": shown(sheet), "revision": snapshot.revision}, revision=snapshot.revision)


@family.write("PUT", _PATH, _CHANGED, body=AccessBody, names=_NAMES)
def put_access(by: Terms, body: dict[str, Any], practice: Practice, user: Subject) -> Response:
    """Makes this a member's access sheet

    Switches left out take their defaults.
    """
    return _changed(services().access.put(by, practice, user, default_sheet(**given_of(body))), user, by)


@family.write("PATCH", _PATH, _CHANGED, body=AccessBody, names=_NAMES)
def patch_access(by: Terms, body: dict[str, Any], practice: Practice, user: Subject) -> Response:
    """Sets some switches of a member's access sheet

    Switches left out stay as they are.
    """
    return _changed(services().access.patch(by, practice, user, given_of(body)), user, by)


def _changed(outcome: Outcome, user: Subject, by: Terms) -> Response:
    sheet = outcome.answer
    assert isinstance(sheet, AccessSheet)  # noqa: S101  # what the use case answers with
    body = {"access": shown(sheet), "changes": changes_for(outcome, user)}
    return written(outcome, body, dry_run=by.dry_run)
