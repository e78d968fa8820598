"""GET and POST /v1/practices/{practice}/users, GET and PATCH .../{user}, PUT .../email: the people of a practice."""

from __future__ import annotations

from typing import Any, Final

import marshmallow as ma
from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.documented import REVISION, TEXT, an_object
from authz.api.entered import Address, Choice, Entered, Line
from authz.api.families import Family
from authz.api.fields import NAME_PATTERN, Few, Flag, Plain, UserName
from authz.api.linked import against_links
from authz.api.members import MEMBER, NAMES_ONLY, by_name, matching, names_only, shown
from authz.api.outcomes import WRITTEN, written
from authz.api.paging import PageQuery, page, page_of
from authz.api.paths import PRACTICE, USER
from authz.api.rights import need
from authz.api.sheet import SheetBody, against_choices, given_of
from authz.api.terms import NeededBody
from authz.core.errors import FieldError, NotFound
from authz.core.names import Practice, Subject
from authz.core.people import REPLY_TO, SEATS
from authz.managing import Details, Terms
from authz.managing.entries import MOST_ALIASES, TOO_MANY_ALIASES, Entries
from authz.policies.switches import default_sheet

family = Family("users", "The people of a practice")
_USERS: Final = "/v1/practices/<practice>/users"
_USER: Final = f"{_USERS}/<user>"
_STATUS: Final = ("active", "inactive")


class UsersQuery(PageQuery):
    """Which people are wanted."""

    search = Plain(metadata={"description": "part of an id, a name or an address, capitals aside"})
    status = Choice(_STATUS)


class UserBody(NeededBody):
    """A person who comes."""

    id = UserName(metadata={"pattern": NAME_PATTERN, "description": "for ever; made up if left out", "example": "joe"})
    email = Address(required=True, metadata={"example": "joe@northside.example"})
    name = Line(required=True, metadata={"example": "Joe Brannigan"})
    phone = Entered(Entries.phone, metadata={"example": "+1 555 0100"})
    aliases = Few(Address(), MOST_ALIASES, TOO_MANY_ALIASES)
    reply_to = Choice(REPLY_TO)
    seat = Choice(SEATS, load_default="office")
    access = ma.fields.Nested(SheetBody)

    def further(self, raw: object) -> tuple[FieldError, ...]:
        """What the practice has against the level and the reports of the sheet."""
        return against_choices(raw.get("access") if isinstance(raw, dict) else None, "access.")


class UserPatch(NeededBody):
    """What changes about a person; what is left out stays, and null clears a link."""

    name = Line()
    phone = Entered(Entries.phone)
    aliases = Few(Address(), MOST_ALIASES, TOO_MANY_ALIASES)
    reply_to = Choice(REPLY_TO)
    seat = Choice(SEATS)
    supervisor = UserName(allow_none=True)
    cosigner = UserName(allow_none=True)
    erx_enabled = Flag(
        validate=ma.validate.Equal(False, error="is set by a request that somebody else approves; here it only ends"),
        metadata={"enum": [False], "description": "ends the enablement for eRx"},
    )

    def further(self, raw: object) -> tuple[FieldError, ...]:
        """What the practice has against the links."""
        return against_links(raw)


class EmailBody(NeededBody):
    """A new address to sign in with."""

    email = Address(required=True, metadata={"example": "joe@clinic.example"})


@family.endpoint(
    "GET",
    _USERS,
    an_object({**page_of({"anyOf": [an_object(MEMBER), an_object(NAMES_ONLY)]}), "revision": REVISION}),
    (403, 404),
    query=UsersQuery,
    names=[PRACTICE],
)
def list_users(query: dict[str, Any], practice: Practice) -> Response:
    """Lists the people of a practice, those who left included

    Who is no admin sees names only.
    """
    full = not names_only(need(practice, "user", "list"))
    snapshot = services().store.snapshot(practice)
    found = [user for user in sorted(snapshot.memberships) if matching(snapshot, user, query, full=full)]
    show = shown if full else by_name
    listed = page(found, query, lambda user: user.id, lambda user: show(snapshot, user))
    return answer({**listed, "revision": snapshot.revision}, revision=snapshot.revision)


@family.write("POST", _USERS, an_object({**MEMBER, **WRITTEN}), status=201, body=UserBody, names=[PRACTICE])
def add_user(by: Terms, body: dict[str, Any], practice: Practice) -> Response:
    """Adds a person whose home this practice is

    A paid seat waits for its confirmation unless the caller may confirm it.
    """
    sheet = default_sheet(**given_of(body.get("access", {})))
    given = {name: body[name] for name in ("phone", "aliases", "reply_to") if name in body}
    identity = body["id"].id if "id" in body else None
    outcome = services().people.add(by, practice, identity, body["email"], body["name"], body["seat"], sheet, **given)
    user = outcome.answer
    assert isinstance(user, Subject)  # noqa: S101  # what the use case answers with
    return written(outcome, shown(outcome.after, user), dry_run=by.dry_run, status=201)


@family.endpoint(
    "GET",
    _USER,
    {"anyOf": [an_object({**MEMBER, "revision": REVISION}), an_object({**NAMES_ONLY, "revision": REVISION})]},
    (403, 404),
    names=[PRACTICE, USER],
)
def get_user(practice: Practice, user: Subject) -> Response:
    """Shows a person of the practice"""
    full = not names_only(need(practice, "user", "read", user.id))
    snapshot = services().store.snapshot(practice)
    if user not in snapshot.memberships:
        raise NotFound("user", user.id)
    body = shown(snapshot, user) if full else by_name(snapshot, user)
    return answer({**body, "revision": snapshot.revision}, revision=snapshot.revision)


@family.write("PATCH", _USER, an_object({**MEMBER, **WRITTEN}), body=UserPatch, names=[PRACTICE, USER])
def change_user(by: Terms, body: dict[str, Any], practice: Practice, user: Subject) -> Response:
    """Changes what is known of a person: name, phone, addresses, seat and links"""
    given = {name: body[name] for name in UserPatch().fields if name in body and name not in {"reason", "plan"}}
    outcome = services().people.edit(by, practice, user, Details(**given))
    return written(outcome, shown(outcome.after, user), dry_run=by.dry_run)


@family.write("PUT", f"{_USER}/email", an_object({"email": TEXT, **WRITTEN}), body=EmailBody, names=[PRACTICE, USER])
def change_email(by: Terms, body: dict[str, Any], practice: Practice, user: Subject) -> Response:
    """Gives a person another address to sign in with

    Everything else stays; sessions from before have ended.
    """
    outcome = services().people.change_email(by, practice, user, body["email"])
    return written(outcome, {"email": outcome.after.people[user].email}, dry_run=by.dry_run)
