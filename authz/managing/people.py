"""Practices open, people come, and each gets an access sheet."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from authz.core.changes import (
    Actor,
    Change,
    CreatePractice,
    Event,
    Operation,
    PutGrant,
    PutMembership,
    PutPerson,
)
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import FREE_SEATS, SEATS, AccessSheet, Membership, Person, PracticeSettings
from authz.core.policy import Grant, Snapshot
from authz.core.ports import Store
from authz.managing import guards, sheets
from authz.managing.entries import Entries
from authz.managing.writing import differing, write
from authz.policies.relations import ADMIN
from authz.policies.switches import ANALYTICS_ALL


class People:
    """Use cases about practices, people and their access sheets; each returns the new revision or says otherwise.

    All raise Invalid naming every bad field, NotFound, Conflict and StoreUnavailable; then nothing has changed.
    Who may call them is for the doors to decide.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def create_practice(
        self, actor: Actor, practice: Practice, name: str, owner_id: str | None, owner_email: str, owner_name: str
    ) -> int:
        """Opens a practice with its owner, who is its first admin."""
        entries = Entries()
        title = entries.text("name", name)
        owner = _new_person(entries, "owner.", owner_id or uuid.uuid4().hex, owner_email, owner_name, practice)
        entries.settle()
        now = self._clock()
        settings = PracticeSettings(practice, title, owner.subject)
        grants = [Grant(owner.subject, role, practice, actor.subject, now) for role in (ADMIN, ANALYTICS_ALL)]
        operations: list[Operation] = [
            CreatePractice(settings),
            PutPerson(owner, new=True),
            PutMembership(Membership(owner.subject, practice)),
            *map(PutGrant, grants),
        ]
        event = Event(actor, "practice_created", str(practice), after={"name": title, "owner": str(owner.subject)})
        return self._store.apply(Change(practice, tuple(operations), (event,)))

    def add(
        self,
        actor: Actor,
        practice: Practice,
        id: str | None,
        email: str,
        name: str,
        seat: str = "office",
        sheet: AccessSheet | None = None,
        *,
        confirmed: bool | None = None,
        reason: str = "",
    ) -> Subject:
        """Adds a person whose home this practice is and returns who it is; without an id one is made.

        A paid seat counts once it is `confirmed`: at once if the operator adds it, which the command line stands for.
        """
        now = self._clock()
        analytics = sheets.analytics_ids(self._store.roles(practice))
        wanted = sheet or AccessSheet()
        identity = id or uuid.uuid4().hex

        def work(snapshot: Snapshot) -> Change:
            entries = Entries()
            person = _new_person(entries, "", identity, email, name, practice)
            entries.choice("seat", seat, SEATS)
            sheets.check_sheet(entries, wanted, snapshot, analytics)
            entries.settle()
            paid_for = actor.via == "cli" if confirmed is None else confirmed
            member = Membership(
                person.subject,
                practice,
                seat=seat,
                seat_confirmed=seat in FREE_SEATS or paid_for,
                others_can_edit_my_charts=wanted.others_can_edit_my_charts,
            )
            grants = sheets.operations_for(snapshot, person.subject, wanted, analytics, actor.subject, now)
            after = {"name": person.name, "seat": seat, "access": sheets.as_fields(wanted)}
            event = Event(actor, "user_added", str(person.subject), after=after, reason=reason)
            return Change(practice, (PutPerson(person, new=True), PutMembership(member), *grants), (event,))

        write(self._store, practice, work)
        return Subject.user(identity)

    def add_outsider(self, actor: Actor, id: str, email: str, name: str) -> int:
        """Adds a person outside all practices, such as an operator; a role has to be granted apart."""
        entries = Entries()
        person = _new_person(entries, "", id, email, name, None)
        entries.settle()
        event = Event(actor, "outsider_added", str(person.subject), after={"name": person.name})
        return self._store.apply(Change(INSTALLATION, (PutPerson(person, new=True),), (event,)))

    def set_access(
        self,
        actor: Actor,
        practice: Practice,
        user: Subject,
        sheet: AccessSheet,
        *,
        reason: str = "",
        expected: int | None = None,
    ) -> int:
        """Makes this the person's access sheet. The owner and the last admin stay admins."""
        now = self._clock()
        analytics = sheets.analytics_ids(self._store.roles(practice))

        def work(snapshot: Snapshot) -> Change | None:
            member = guards.membership_of(snapshot, user)
            entries = Entries()
            sheets.check_sheet(entries, sheet, snapshot, analytics)
            entries.settle()
            before = sheets.present_sheet(snapshot, member, analytics, now)
            if before.admin and not sheet.admin:
                guards.keep_an_admin(snapshot, user)
            operations = list(sheets.operations_for(snapshot, user, sheet, analytics, actor.subject, now))
            if member.others_can_edit_my_charts != sheet.others_can_edit_my_charts:
                shares = sheet.others_can_edit_my_charts
                operations.append(PutMembership(replace(member, others_can_edit_my_charts=shares)))
            was, becomes = differing(sheets.as_fields(before), sheets.as_fields(sheet))
            event = Event(actor, "access_set", str(user), was, becomes, reason)
            return Change(practice, tuple(operations), (event,)) if operations else None

        return write(self._store, practice, work, expected)


def _new_person(entries: Entries, lead: str, id: str, email: str, name: str, home: Practice | None) -> Person:
    subject = entries.user(f"{lead}id", id)
    return Person(
        subject or Subject.user("nobody"), entries.text(f"{lead}name", name), entries.email(f"{lead}email", email), home
    )
