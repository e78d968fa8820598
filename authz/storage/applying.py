"""A change applied: practices locked in one order, operations, events and revision in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert, select, true, update

from authz.core import changes
from authz.core.changes import Change, CreatePractice, Event, Operation, PutEntries, PutKey, PutPerson, RemoveEntries
from authz.core.errors import Conflict, NotFound, StaleExpectation
from authz.core.names import INSTALLATION, Practice, Subject
from authz.storage import audit, concerned, registry, states
from authz.storage.failures import refusing
from authz.storage.operations import carry_out
from authz.storage.records import settings_values
from authz.storage.tables import casbin_rule, memberships, people, practices


def apply(connection: Connection, change: Change, now: datetime) -> int:
    """All of the change inside the caller's transaction; returns the practice's new revision."""
    _refuse_elsewhere(change)
    for operation in change.operations:
        if isinstance(operation, CreatePractice):
            _create(connection, operation)
    revisions = _grow(connection, change)
    revision = revisions[change.practice]
    if change.expected is not None and change.expected != revision - 1:
        raise StaleExpectation(change.expected, revision - 1)
    for operation in change.operations:
        carry_out(connection, change.practice, operation)
    if any(isinstance(operation, PutEntries | RemoveEntries) for operation in change.operations):
        registry.note_change(connection, change.practice, revision)
    _refuse_unseen_members(connection, change, revision)
    _note_concerned(connection, change, revisions)
    audit.append(connection, change.practice, revision, change.events, now, _state(connection, change, change.practice))
    for practice in change.touches:
        here = [event for place, event in change.elsewhere if place == practice]
        state = _state(connection, change, practice) if here else None
        audit.append(connection, practice, revisions[practice], here, now, state)
    return revision


def record(connection: Connection, practice: Practice, events: Iterable[Event], now: datetime) -> None:
    """Events without a change, at the revision found; NotFound for an unknown practice."""
    locked = select(practices.c.revision).where(practices.c.id == practice.id).with_for_update(key_share=True)
    revision = connection.execute(locked).scalar()
    if revision is None:
        raise NotFound("practice", practice.id)
    audit.append(connection, practice, revision, events, now)


def _state(connection: Connection, change: Change, practice: Practice) -> str:
    """What the change did to the policy: all of it in the practice it belongs to, elsewhere what became of accounts."""
    above = connection.execute(select(practices.c.revision).where(practices.c.id == INSTALLATION.id)).scalar_one()
    if practice == change.practice:
        whom = states.concerned(practice, change.operations)
        return states.encoded(connection, practice, change.operations, above, whom)
    accounts = states.concerned(practice, [o for o in change.operations if isinstance(o, PutPerson)])
    if practice != INSTALLATION:
        members = select(memberships.c.user).where(
            memberships.c.practice == practice.id, memberships.c.user.in_([str(account) for account in accounts])
        )
        accounts = {Subject.parse(user) for user in connection.execute(members).scalars()}
    return states.encoded(connection, practice, (), above, accounts)


def _create(connection: Connection, operation: CreatePractice) -> None:
    settings = operation.settings
    with refusing(Conflict("practice_exists", f"the practice `{settings.practice}` exists already")):
        values = {"id": settings.practice.id, "revision": 0, **settings_values(settings)}
        connection.execute(insert(practices).values(values))


def _grow(connection: Connection, change: Change) -> dict[Practice, int]:
    """Locks every practice whose answers change, always in the order of ids, and counts their revisions up.

    Returns the new revisions of those that the change names.
    """
    named = sorted({change.practice.id, *(practice.id for practice in change.touches)})
    everywhere = _everywhere(change)
    concerned = true() if everywhere else practices.c.id.in_(named)
    if change.touches or everywhere:
        connection.execute(
            select(practices.c.id).where(concerned).order_by(practices.c.id).with_for_update(key_share=True)
        ).all()
    grown = update(practices).where(concerned).values(revision=practices.c.revision + 1)
    rows = connection.execute(grown.returning(practices.c.id, practices.c.revision))
    found: dict[str, int] = {row.id: row.revision for row in rows}
    for practice in (change.practice, *change.touches):
        if practice.id not in found:
            raise NotFound("practice", practice.id)
    return {practice: found[practice.id] for practice in (change.practice, *change.touches)}


def _note_concerned(connection: Connection, change: Change, revisions: dict[Practice, int]) -> None:
    """Says of a change within practices whom it concerns; one of the whole installation concerns all."""
    subjects = concerned.subjects_of(change.operations)
    if subjects is not None and change.practice != INSTALLATION:
        for practice, revision in revisions.items():
            if practice != INSTALLATION:
                concerned.note(connection, practice, revision, subjects)


def _refuse_unseen_members(connection: Connection, change: Change, revision: int) -> None:
    """INVARIANT: an account changes only together with every practice in which its person is a member.

    And together with the installation, if the person holds a role in all of it. Whoever admits the person
    elsewhere meanwhile waits for this transaction, since a membership holds on to the account, or has made this one
    wait and is seen here; and a grant in the whole installation locks the practice of this change too. The error's
    numbers are equal: the practice has not moved.
    """
    for operation in change.operations:
        if isinstance(operation, PutPerson) and not operation.new:
            who = str(operation.person.subject)
            connection.execute(select(people.c.subject).where(people.c.subject == who).with_for_update()).all()
            found = connection.execute(select(memberships.c.practice).where(memberships.c.user == who)).scalars()
            places = {*found, INSTALLATION.id} if _holds_a_role_above(connection, who) else {*found}
            if not places <= {change.practice.id, *(practice.id for practice in change.touches)}:
                raise StaleExpectation(revision - 1, revision - 1)


def _everywhere(change: Change) -> bool:
    """Whether answers in all practices may change, which keys do not do."""
    keys_alone = all(isinstance(operation, PutKey) for operation in change.operations)
    return INSTALLATION in (change.practice, *change.touches) and not keys_alone


def _holds_a_role_above(connection: Connection, who: str) -> bool:
    above = (casbin_rule.c.ptype == "g", casbin_rule.c.v2 == INSTALLATION.id, casbin_rule.c.v0 == who)
    return connection.execute(select(casbin_rule.c.id).where(*above).limit(1)).first() is not None


def _refuse_elsewhere(change: Change) -> None:
    """INVARIANT: a change writes policy in its own practice only; a caller that mixes two up is at fault."""
    for operation in change.operations:
        if not _practices_of(operation) <= {change.practice}:
            raise ValueError("an operation belongs to another practice than its change")
    if not {practice for practice, _ in change.elsewhere} <= {*change.touches}:
        raise ValueError("an event belongs to a practice that its change does not touch")


def _practices_of(operation: Operation) -> set[Practice]:
    found: set[Practice] = set()
    match operation:
        case changes.CreatePractice(named) | changes.PutSettings(named):
            found = {named.practice}
        case changes.PutMembership(member):
            found = {member.practice}
        case changes.PutGrant(grant):
            found = {grant.practice}
        case changes.PutEmergency(emergency):
            found = {emergency.practice}
        case changes.PutAccessRequest(request):
            found = {request.practice}
        case changes.PutRole(role):
            found = {role.practice, *(rule.practice for rule in role.rules)}
        case changes.ReplaceShippedRules(rules):
            found = {INSTALLATION, *(rule.practice for rule in rules)}
    return found
