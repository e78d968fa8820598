"""Whom each of a practice's last changes concerns, so that a reader of the one before reads no more than them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from authz.core import changes
from authz.core.changes import Operation
from authz.core.names import Practice, Subject
from authz.core.policy import PeopleChanged
from authz.storage import people
from authz.storage.adapter import PracticeAdapter
from authz.storage.records import membership_of, registry_of
from authz.storage.tables import concerned, memberships, practices

KEPT: Final = 32
MOST_SUBJECTS: Final = 100
_NOBODY: Final = ""


def subjects_of(operations: Iterable[Operation]) -> frozenset[Subject] | None:
    """Everybody whose account, membership or grants these touch; None if they touch anything else that answers use."""
    found: set[Subject] = set()
    for operation in operations:
        match operation:
            case changes.PutPerson(person):
                found.add(person.subject)
            case changes.PutMembership(membership):
                found.add(membership.user)
            case changes.PutGrant(grant):
                found.add(grant.subject)
            case changes.RemoveGrant(subject, _):
                found.add(subject)
            case changes.PutAccessRequest() | changes.PutKey() | changes.PutEntries() | changes.RemoveEntries():
                pass  # no answer depends on these, or it looks into the registry itself
            case _:
                return None
    return frozenset(found)


def note(connection: Connection, practice: Practice, revision: int, subjects: Iterable[Subject]) -> None:
    """The change that made this revision concerns these alone. A revision without a note is read whole."""
    rows = [{"subject": name} for name in sorted(map(str, subjects)) or [_NOBODY]]
    connection.execute(insert(concerned).values(practice=practice.id, revision=revision), rows)
    old = concerned.c.revision <= revision - KEPT
    connection.execute(delete(concerned).where(concerned.c.practice == practice.id, old))


def changed_since(connection: Connection, practice: Practice, since: int) -> PeopleChanged | None:
    """All about whom the changes after revision `since` concern; None if that is unknown, or they are too many."""
    wanted = (
        select(
            practices.c.revision,
            practices.c.registry_at,
            practices.c.registered,
            concerned.c.revision.label("at"),
            concerned.c.subject,
        )
        .join(concerned, concerned.c.practice == practices.c.id)
        .where(practices.c.id == practice.id, concerned.c.revision > since)
    )
    noted = connection.execute(wanted).mappings().all()
    if not noted or {row["at"] for row in noted} != {*range(since + 1, noted[0]["revision"] + 1)}:
        return None
    names = sorted({row["subject"] for row in noted} - {_NOBODY})
    if len(names) > MOST_SUBJECTS:
        return None
    rows = PracticeAdapter(connection, practice).grants_of(names)
    mine = select(memberships).where(memberships.c.practice == practice.id, memberships.c.user.in_(names))
    members = map(membership_of, connection.execute(mine).mappings())
    return (
        None
        if rows.bad
        else PeopleChanged(
            practice,
            noted[0]["revision"],
            frozenset(map(Subject.parse, names)),
            rows.grants,
            people.find(connection, names),
            {member.user: member for member in members},
            registry_of(noted[0]),
        )
    )
