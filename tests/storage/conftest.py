"""What the tests of storage share: small changes, and everything that a database holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, text

from authz import storage
from authz.core.changes import (
    Actor,
    Change,
    CreatePractice,
    Event,
    Operation,
    PracticeRole,
    PutGrant,
    PutMembership,
    PutPerson,
)
from authz.core.names import Practice, Subject
from authz.core.people import Membership, Person, PracticeSettings
from authz.core.policy import Grant, Rule
from authz.storage import SqlStore
from authz.storage.tables import metadata

ACTOR = Actor("cli:tests", "cli", "r1")
NORTH, SOUTH = Practice("northside"), Practice("southside")
LEE, KIM, FAR = (Subject.user(id) for id in ("lee", "kim", "far"))
CHARTING = Subject.parse("service:charting")
NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def change(practice: Practice, *operations: Operation, **more: Any) -> Change:
    """A change with one event."""
    return Change(practice, operations, (Event(ACTOR, "tested", str(practice)),), **more)


def grant(subject: Subject, role: str, practice: Practice, expires_at: datetime | None = None) -> Grant:
    return Grant(subject, role, practice, "user:omar", NOON, expires_at)


def person(subject: Subject, home: Practice | None) -> Person:
    return Person(subject, subject.id.title(), f"{subject.id}@{home or 'outside'}.example", home)


def opening(practice: Practice, *members: Subject) -> Change:
    """A practice comes into being with these members, all of them practitioners."""
    operations: list[Operation] = [CreatePractice(PracticeSettings(practice, practice.id.title(), members[0]))]
    for member in members:
        operations += [
            PutPerson(person(member, practice), new=True),
            PutMembership(Membership(member, practice)),
            PutGrant(grant(member, "practitioner", practice)),
        ]
    return change(practice, *operations)


def both_open(store: SqlStore) -> None:
    """Northside with lee and kim, southside with far."""
    store.apply(opening(NORTH, LEE, KIM))
    store.apply(opening(SOUTH, FAR))


def role(practice: Practice, id: str, *reports: str) -> PracticeRole:
    rules = tuple(Rule(id, practice, "analytics_report", "view", (f"report={report}",)) for report in reports)
    return PracticeRole(practice, id, id.title(), "analytics", rules)


def engine_of(store: SqlStore) -> Engine:
    """The engine under a store, to listen to."""
    return store._database._engine


@contextmanager
def raw(url: str) -> Iterator[Connection]:
    """A connection that writes past the store."""
    with closing(storage.database(url)) as database, database.writing() as connection:
        yield connection


def insert_row(url: str, **columns: object) -> None:
    """A row of `casbin_rule` such as only somebody with a database console can make."""
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    with raw(url) as connection:
        connection.execute(text(f"INSERT INTO casbin_rule ({names}) VALUES ({values})"), columns)


def everything(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with raw(url) as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }
