"""POST .../users/{user}/deactivate and reactivate, PUT and DELETE .../guests/{user}: who is a member and who is not."""

from __future__ import annotations

from typing import Any, Final

import marshmallow as ma
from flask import Response

from authz.api.auth import services
from authz.api.documented import TEXT, an_object
from authz.api.entered import Choice
from authz.api.families import Family
from authz.api.members import MEMBER, by_name, shown
from authz.api.outcomes import WRITTEN, written
from authz.api.paths import PRACTICE, USER
from authz.api.sheet import SheetBody, against_choices, given_of
from authz.api.terms import WriteBody
from authz.core.errors import FieldError
from authz.core.names import Practice, Subject
from authz.core.people import SEATS
from authz.managing import Outcome, Terms
from authz.policies.switches import default_sheet

family = Family("staying", "People leave and return; people of other practices come as guests")
_USER: Final = "/v1/practices/<practice>/users/<user>"
_GUEST: Final = "/v1/practices/<practice>/guests/<user>"
_NAMES: Final = [PRACTICE, USER]
_STATUS: Final = an_object({"id": TEXT, "status": {"enum": ["active", "inactive"]}, **WRITTEN})


class GuestBody(WriteBody):
    """What a guest gets here."""

    seat = Choice(SEATS, load_default="office")
    access = ma.fields.Nested(SheetBody)

    def further(self, raw: object) -> tuple[FieldError, ...]:
        """What the practice has against the level and the reports of the sheet."""
        return against_choices(raw.get("access") if isinstance(raw, dict) else None, "access.")


@family.write("POST", f"{_USER}/deactivate", _STATUS, names=_NAMES)
def deactivate(by: Terms, _: dict[str, Any], practice: Practice, user: Subject) -> Response:
    """Ends a person's access, at once and, where this is their home, everywhere

    Everything is kept. The warnings remind of what has to be handed to somebody else.
    """
    return _status(services().memberships.deactivate(by, practice, user), user, by)


@family.write("POST", f"{_USER}/reactivate", _STATUS, names=_NAMES)
def reactivate(by: Terms, _: dict[str, Any], practice: Practice, user: Subject) -> Response:
    """Gives a person back exactly what was there; sessions from before stay ended"""
    return _status(services().memberships.reactivate(by, practice, user), user, by)


@family.write("PUT", _GUEST, an_object({**MEMBER, **WRITTEN}), body=GuestBody, names=_NAMES)
def admit_guest(by: Terms, body: dict[str, Any], practice: Practice, user: Subject) -> Response:
    """Makes a person of another practice a member of this one too

    A dry run shows the id in place of the name of somebody who was never here.
    """
    sheet = default_sheet(**given_of(body.get("access", {})))
    outcome = services().memberships.admit(by, practice, user, body.get("seat", "office"), sheet)
    return written(outcome, shown(outcome.after, user), dry_run=by.dry_run)


@family.write("DELETE", _GUEST, _STATUS, names=_NAMES)
def dismiss_guest(by: Terms, _: dict[str, Any], practice: Practice, user: Subject) -> Response:
    """Ends a guest's membership and all that was granted with it"""
    return _status(services().memberships.dismiss(by, practice, user), user, by)


def _status(outcome: Outcome, user: Subject, by: Terms) -> Response:
    told = by_name(outcome.after, user)
    return written(outcome, {"id": told["id"], "status": told["status"]}, dry_run=by.dry_run)
