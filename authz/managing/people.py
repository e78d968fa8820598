"""People come, and what is known of them changes: names, addresses, seats and links."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from authz.core.changes import Event, Operation, PutMembership, PutPerson
from authz.core.errors import Conflict
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import FREE_SEATS, SEATS, AccessSheet, Membership, folded
from authz.managing import links, sheets
from authz.managing.desk import Desk
from authz.managing.details import UNCHANGED, Details, details_of, fields_of, membership_with, person_with
from authz.managing.differing import differing
from authz.managing.entries import Entries
from authz.managing.guards import approval
from authz.managing.scene import Scene
from authz.managing.seats import SeatRequests, seat_requests
from authz.managing.terms import Draft, Need, Outcome, Terms


class People:
    """Use cases about people. All raise what `Desk.write` raises, and Invalid naming every bad field."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add(
        self,
        by: Terms,
        practice: Practice,
        id: str | None,
        email: str,
        name: str,
        seat: str = "office",
        sheet: AccessSheet | None = None,
        *,
        phone: str = "",
        aliases: Sequence[str] = (),
        reply_to: str = "shared",
    ) -> Outcome:
        """Adds a person whose home this practice is and answers who it is; without an id one is made up.

        A paid seat counts once it is confirmed: at once if whoever adds it may confirm it, otherwise by a request that
        comes into being here.
        """
        wanted = sheet or AccessSheet()
        identity = id or uuid.uuid4().hex

        def work(scene: Scene) -> Draft:
            analytics = sheets.analytics_ids(self._desk.store.roles(practice))
            entries = Entries()
            person = entries.person("", identity, email, name, practice, phone, aliases, reply_to)
            entries.choice("seat", seat, SEATS)
            sheets.check_sheet(entries, "access.", wanted, scene.snapshot, analytics)
            entries.settle()
            user = person.subject
            shares = wanted.others_can_edit_my_charts
            member = Membership(user, practice, seat=seat, seat_confirmed=False, others_can_edit_my_charts=shares)
            come: list[Operation] = [PutPerson(person, new=True), PutMembership(member)]
            free = seat in FREE_SEATS
            if free or scene.may_after(come, approval("paid_seat", user)):
                member = replace(member, seat_confirmed=True)
                come[1] = PutMembership(member)
            asked = seat_requests(self._desk.store, by, scene, member)
            grants = sheets.operations_for(scene.snapshot, user, wanted, analytics, by.actor.subject, scene.now)
            after = {**fields_of(person, member), "access": sheets.as_fields(wanted)}
            event = Event(by.actor, "user_added", str(user), after=after, reason=by.reason)
            minted = [*(() if id else (identity,)), *asked.minted]
            warnings = sheets.warnings(wanted, scene.snapshot, member, scene.now)
            operations, events = [*come, *grants, *asked.operations], [event, *asked.events]
            return Draft(operations, events, warnings=warnings, minted=minted, answer=user)

        return self._desk.write(by, practice, [Need("user", "create")], work)

    def add_outsider(self, by: Terms, id: str, email: str, name: str) -> Outcome:
        """Adds a person outside all practices, such as an operator; a role has to be granted apart."""
        entries = Entries()
        person = entries.person("", id, email, name, None)
        entries.settle()

        def work(_: Scene) -> Draft:
            event = Event(by.actor, "outsider_added", str(person.subject), {}, details_of(person), by.reason)
            return Draft([PutPerson(person, new=True)], [event], answer=person.subject)

        return self._desk.write(by, INSTALLATION, [Need("user", "create")], work)

    def edit(self, by: Terms, practice: Practice, user: Subject, given: Details) -> Outcome:
        """Changes what is given and leaves the rest. The name and the addresses of a guest are their home's to change.

        A paid seat given by somebody who may not confirm it waits for its confirmation, as for `add`.
        """
        entries = Entries()
        given.check(entries)
        entries.settle()

        def work(scene: Scene) -> Draft:
            person, member = scene.person(user), scene.membership(user)
            if given.of_the_account and person.home != practice:
                raise Conflict("guest", f"`{user}` is a guest here; the practice that is their home changes that")
            becomes, here = person_with(person, given), membership_with(member, given)
            told = Entries()
            if given.aliases is not UNCHANGED and folded(person.email) in map(folded, given.aliases):
                told.wrong("aliases", "must not hold the e-mail address itself")
            for error in links.against_naming(scene.snapshot, here, scene.now):
                told.wrong(error.path, error.message)
            told.settle()
            operations: list[Operation] = [PutPerson(becomes)] if becomes != person else []
            asked = SeatRequests([], [], [])
            if here.seat != member.seat:
                free = here.seat in FREE_SEATS
                here = replace(here, seat_confirmed=free)
                if not free and scene.may_after([], approval("paid_seat", user)):
                    here = replace(here, seat_confirmed=True)
                asked = seat_requests(self._desk.store, by, scene, here)
                operations += asked.operations
            if here != member:
                operations.append(PutMembership(here))
            was, after = differing(fields_of(person, member), fields_of(becomes, here))
            event = Event(by.actor, "user_changed", str(user), was, after, by.reason)
            return Draft(operations, [event, *asked.events] if operations else [], minted=asked.minted)

        return self._desk.write(by, practice, [Need("user", "update", user.id)], work)

    def change_email(self, by: Terms, practice: Practice, user: Subject, email: str) -> Outcome:
        """Gives the person another address to sign in with, everywhere; sessions from before have ended.

        Ids, grants and authorship stay. An alias may become the address, and is no alias any more.
        """
        entries = Entries()
        address = entries.email("email", email)
        entries.settle()

        def work(scene: Scene) -> Draft:
            person = scene.person(user)
            if person.home != practice:
                raise Conflict("guest", f"`{user}` is a guest here; the practice that is their home changes that")
            if person.email == address:
                return Draft()
            aliases = tuple(alias for alias in person.aliases if folded(alias) != folded(address))
            after = replace(person, email=address, aliases=aliases, sessions_from=scene.now)
            was, becomes = differing(details_of(person), details_of(after))
            event = Event(by.actor, "email_changed", str(user), was, becomes, by.reason)
            return Draft([PutPerson(after)], [event])

        return self._desk.write(by, practice, [Need("user", "change_email", user.id)], work)
