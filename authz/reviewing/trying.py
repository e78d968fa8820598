"""How changes that might let somebody do something are worked out, each on a practice and a question as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from authz.core.changes import Operation, PutEmergency, PutGrant, PutMembership, PutPerson
from authz.core.decision import Request
from authz.core.errors import Invalid
from authz.core.names import INSTALLATION, Subject
from authz.core.people import AccessSheet, Emergency
from authz.core.policy import Grant, Snapshot
from authz.managing import sheets
from authz.managing.choices import of_reports
from authz.managing.entries import Entries

LISTED: Final = "emergency-listed"
_BY: Final = "cli:explain"
Made = tuple[Sequence[Operation], Request] | None
Make = Callable[[Snapshot, Request, datetime], Made]


def own_analytics(snapshot: Snapshot) -> frozenset[str]:
    """The roles of the practice's own that are about reports alone: its analytics roles, as far as they do anything."""
    own = [rule for rule in snapshot.rules if rule.practice != INSTALLATION]
    others = {rule.role for rule in own if not of_reports(rule)}
    return frozenset(rule.role for rule in own) - others


def with_switch(user: Subject, field: str, value: object) -> Make:
    """A switch of the person's access sheet gets this value; None for a value that is none of its choices here."""

    def make(snapshot: Snapshot, request: Request, now: datetime) -> Made:
        member, analytics = snapshot.memberships[user], own_analytics(snapshot)
        before = sheets.present_sheet(snapshot, member, analytics, now)
        sheet: AccessSheet = replace(before, **{field: value})  # type: ignore[arg-type]  # a value of the field's own
        entries = Entries()
        sheets.check_sheet(entries, "", sheet, snapshot, analytics)
        try:
            entries.settle()
        except Invalid:
            return None
        operations: list[Operation] = [*sheets.operations_for(snapshot, user, sheet, analytics, _BY, now)]
        if sheet.others_can_edit_my_charts != member.others_can_edit_my_charts:
            shares = sheet.others_can_edit_my_charts
            operations.append(PutMembership(replace(member, others_can_edit_my_charts=shares)))
        return (operations, request) if operations else None

    return make


def as_member(user: Subject, **fields: object) -> Make:
    """The person's membership has these fields."""

    def make(snapshot: Snapshot, request: Request, now: datetime) -> Made:
        member = snapshot.memberships[user]
        becomes = replace(member, **fields)  # type: ignore[arg-type]  # fields of a membership
        return None if becomes == member else ([PutMembership(becomes)], request)

    return make


def granted(who: Subject, role: str, place: str) -> Make:
    """Somebody is given a role, here or in the whole installation."""

    def make(snapshot: Snapshot, request: Request, now: datetime) -> Made:
        where = INSTALLATION if place == INSTALLATION.id else snapshot.practice
        return [PutGrant(Grant(who, role, where, _BY, now))], request

    return make


def asked_with(**circumstances: object) -> Make:
    """The same is asked in other circumstances; a session that begins, begins now."""

    def make(snapshot: Snapshot, request: Request, now: datetime) -> Made:
        given = {**circumstances}
        if "authenticated_at" in given:
            given["authenticated_at"] = now
        return [], request._replace(context=replace(request.context, **given))  # type: ignore[arg-type]  # its fields

    return make


def reactivated(snapshot: Snapshot, request: Request, now: datetime) -> Made:
    """The asker comes back; None for a guest who was let go at home, which only the home can undo."""
    member, person = snapshot.memberships[request.subject], snapshot.people[request.subject]
    if not person.active and person.home != snapshot.practice:
        return None
    return [PutPerson(replace(person, active=True)), PutMembership(replace(member, active=True))], request


def emergency(snapshot: Snapshot, request: Request, now: datetime) -> Made:
    """The asker begins an emergency access to the patient; None for who is not listed for it."""
    who, patient = request.subject, request.resource.attributes["patient"]
    if not any(g.subject == who and g.role == LISTED and g.in_force(now) for g in snapshot.grants):
        return None
    until = now + timedelta(hours=1)
    return [PutEmergency(Emergency("suggested", snapshot.practice, who, patient, "", now, until))], request
