"""Many writers lose nothing, and a reader sees one moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

from sqlalchemy import event

from authz.core import changes
from authz.core.changes import Change, Event
from authz.core.errors import Conflict, StaleExpectation
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import Person
from authz.storage import SqlStore, open_store
from tests.storage.conftest import (
    ACTOR,
    CHARTING,
    FAR,
    KIM,
    LEE,
    NORTH,
    SOUTH,
    both_open,
    change,
    engine_of,
    grant,
    opening,
)
from tests.storage.test_audit import intact

THREADS, EACH = 6, 8


def together(works: Iterable[Callable[[], object]]) -> list[Any]:
    """All at once, each in a thread of its own; whatever one raises is raised."""
    listed = list(works)
    barrier = threading.Barrier(len(listed))

    def start(work: Callable[[], object]) -> object:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(len(listed)) as pool:
        return list(pool.map(start, listed))


def test_writers_at_the_same_time_lose_no_row_no_event_and_no_revision(store: SqlStore, database_url: str) -> None:
    both_open(store)
    stores = [open_store(database_url) for _ in range(THREADS)]

    def writer(number: int) -> list[int]:
        users = [Subject("service", f"s{number}.{turn}") for turn in range(EACH)]
        return [stores[number].apply(change(NORTH, changes.PutGrant(grant(u, "acc", NORTH)))) for u in users]

    revisions = together(lambda n=n: writer(n) for n in range(THREADS))
    assert sorted(chain.from_iterable(revisions)) == list(range(2, THREADS * EACH + 2))
    snapshot = store.snapshot(NORTH)
    assert snapshot.revision == THREADS * EACH + 1
    assert len({g.subject for g in snapshot.grants if g.role == "acc"}) == THREADS * EACH
    assert intact(list(store.events(NORTH, limit=1000)))
    for opened in stores:
        opened.close()


def test_of_two_who_expect_the_same_revision_one_is_refused(store: SqlStore) -> None:
    both_open(store)

    def attempt(user: Subject) -> bool:
        try:
            store.apply(change(NORTH, changes.PutGrant(grant(user, "acc", NORTH)), expected=1))
        except StaleExpectation:
            return False
        return True

    assert sorted(together(lambda u=u: attempt(u) for u in (LEE, KIM))) == [False, True]
    assert len([g for g in store.snapshot(NORTH).grants if g.role == "acc"]) == 1


def test_of_two_who_take_the_same_address_in_two_practices_one_is_refused(store: SqlStore) -> None:
    both_open(store)

    def attempt(id: str, home: Practice) -> bool:
        taker = Person(Subject.user(id), id, "new@clinic.example", home)
        try:
            store.apply(change(home, changes.PutPerson(taker, new=True)))
        except Conflict as conflict:
            return conflict.code != "email_taken"
        return True

    assert sorted(together([lambda: attempt("x", NORTH), lambda: attempt("y", SOUTH)])) == [False, True]


def test_changes_of_many_practices_in_any_order_wait_for_each_other_and_finish(store: SqlStore) -> None:
    both_open(store)
    works: list[Callable[[], object]] = []
    for turn in range(5):
        works += [
            lambda: store.apply(change(NORTH, touches=(SOUTH,))),
            lambda: store.apply(change(SOUTH, touches=(NORTH,))),
            lambda turn=turn: store.apply(
                change(INSTALLATION, changes.PutGrant(grant(CHARTING, f"r{turn}", INSTALLATION)))
            ),
        ]
    together(works)
    assert [store.revision(p) for p in (NORTH, SOUTH, INSTALLATION)] == [16, 16, 5]


def test_a_snapshot_is_of_one_moment_whatever_is_written_meanwhile(store: SqlStore) -> None:
    both_open(store)
    done = threading.Event()

    def write() -> None:
        for _ in range(15):
            for operation in (changes.PutGrant, lambda g: changes.RemoveGrant(g.subject, g.role)):
                both = (operation(grant(user, "acc", NORTH)) for user in (LEE, KIM))
                store.apply(Change(NORTH, tuple(both), (Event(ACTOR, "both", "x"),)))
        done.set()

    def read() -> set[tuple[int, int]]:
        seen = set()
        while not done.is_set():
            snapshot = store.snapshot(NORTH)
            seen.add((snapshot.revision % 2, sum(g.role == "acc" for g in snapshot.grants)))
        return seen

    _, *seen = together([write, read, read])
    assert set().union(*seen) <= {(1, 0), (0, 2)}


def test_a_revision_once_returned_is_seen_by_every_other_connection(store: SqlStore, database_url: str) -> None:
    both_open(store)
    other = open_store(database_url)
    for _ in range(10):
        revision = store.apply(change(NORTH))
        assert other.revision(NORTH) == other.snapshot(NORTH).revision == revision
    other.close()


def statements_of_a_snapshot(store: SqlStore, practice: Practice) -> list[str]:
    heard: list[str] = []

    def hear(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        heard.append(statement)

    event.listen(engine_of(store), "before_cursor_execute", hear)
    try:
        store.snapshot(practice)
    finally:
        event.remove(engine_of(store), "before_cursor_execute", hear)
    return heard


def test_a_snapshot_takes_a_handful_of_statements_however_many_people_and_practices_there_are(store: SqlStore) -> None:
    both_open(store)
    few = statements_of_a_snapshot(store, SOUTH)
    store.apply(opening(Practice("large"), *(Subject.user(f"u{n:03}") for n in range(300))))
    for number in range(10):
        store.apply(opening(Practice(f"other-{number}"), Subject.user(f"o{number}")))
    assert len(statements_of_a_snapshot(store, Practice("large"))) == len(few) <= 10
    assert len(store.snapshot(Practice("large")).people) == 300
    assert set(store.snapshot(SOUTH).people) == {FAR}


def test_a_practices_rows_are_found_by_index(store: SqlStore) -> None:
    for number in range(300):
        store.apply(opening(Practice(f"p{number:03}"), *(Subject.user(f"u{number}.{n}") for n in range(3))))
    rules = next(s for s in statements_of_a_snapshot(store, Practice("p007")) if "casbin_rule" in s)
    with engine_of(store).connect() as connection:
        if connection.dialect.name == "sqlite":
            explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {rules}", ("p007", "*") * 2).fetchall()
        else:
            connection.exec_driver_sql("ANALYZE")
            explained = connection.exec_driver_sql(f"EXPLAIN {rules}", {"here_1": "p007", "here_2": "*"}).fetchall()
    plan = "\n".join(str(row) for row in explained)
    assert "ix_casbin_rule_rules" in plan
    assert "ix_casbin_rule_grants" in plan
