"""Whatever breaks off a change, and wherever, leaves all of it or nothing; what was acknowledged stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from authz.core import changes
from authz.core.changes import Change
from authz.core.errors import StoreUnavailable
from authz.core.names import INSTALLATION, Subject
from authz.core.people import Membership
from authz.storage import SqlStore, open_store
from tests.storage.conftest import (
    CHARTING,
    LEE,
    NORTH,
    SOUTH,
    both_open,
    change,
    engine_of,
    everything,
    grant,
    person,
    role,
)
from tests.storage.test_audit import intact
from tests.storage.test_policy_rows import SEEDED

RAY = Subject.user("ray")
CHANGES: dict[str, Change] = {
    "much in one practice": change(
        NORTH,
        changes.PutPerson(person(RAY, NORTH), new=True),
        changes.PutMembership(Membership(RAY, NORTH)),
        changes.PutGrant(grant(RAY, "practitioner", NORTH)),
        changes.RemoveGrant(LEE, "practitioner"),
        changes.PutRole(role(NORTH, "acc", "fin.refunds")),
        touches=(SOUTH,),
    ),
    "above all practices": change(
        INSTALLATION,
        changes.ReplaceShippedRules(SEEDED),
        changes.PutGrant(grant(CHARTING, "decision-caller", INSTALLATION)),
    ),
}


@contextmanager
def at_statement(store: SqlStore, number: int, strike: Callable[[], None]) -> Iterator[None]:
    """`strike` is called just before the statement of this number; the commit counts as one."""
    count = 0

    def hear(*_: Any) -> None:
        nonlocal count
        count += 1
        if count == number:
            strike()

    engine = engine_of(store)
    event.listen(engine, "before_cursor_execute", hear)
    event.listen(engine, "commit", hear)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", hear)
        event.remove(engine, "commit", hear)


def fail() -> None:
    raise OperationalError("struck", None, Exception("the disk is gone"))


@pytest.mark.parametrize("what", CHANGES)
def test_a_statement_that_fails_anywhere_in_a_change_leaves_everything_as_it_was(
    what: str, store: SqlStore, database_url: str
) -> None:
    both_open(store)
    before, number = everything(database_url), 0
    while True:
        number += 1
        with at_statement(store, number, fail):
            try:
                store.apply(CHANGES[what])
            except StoreUnavailable:
                assert everything(database_url) == before, f"statement {number}"
                continue
        break
    assert number > len(CHANGES[what].operations) + 3
    assert everything(database_url) != before


def dies(work: Callable[[], None]) -> bool:
    """Does the work in a process of its own; whether that was killed."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_a_process_killed_anywhere_in_a_change_leaves_everything_as_it_was(database_url: str) -> None:
    with closing(open_store(database_url)) as store:
        both_open(store)
    before, number = everything(database_url), 0

    def work() -> None:
        own = open_store(database_url)
        with at_statement(own, number, lambda: os.kill(os.getpid(), signal.SIGKILL)):
            own.apply(CHANGES["much in one practice"])

    number = 1
    while dies(work):
        assert everything(database_url) == before, f"statement {number}"
        number += 1
    assert number > 8
    with closing(open_store(database_url)) as store:
        assert (store.revision(NORTH), store.revision(SOUTH)) == (2, 2)


WRITER = """
import sys
from authz.core import changes
from authz.core.names import Subject
from authz.storage import open_store
from tests.storage.conftest import NORTH, change, grant
store = open_store(sys.argv[1])
for number in range(100_000):
    service = Subject("service", f"{sys.argv[2]}.{number}")
    revision = store.apply(change(NORTH, changes.PutGrant(grant(service, "acc", NORTH))))
    print(revision, service, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_it_had_acknowledged(database_url: str) -> None:
    with closing(open_store(database_url)) as store:
        both_open(store)
        acknowledged: dict[int, str] = {}
        for turn in range(3):
            writer = subprocess.Popen(
                [sys.executable, "-c", WRITER, database_url, f"t{turn}"],
                stdout=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parents[2],
            )
            assert writer.stdout is not None
            with writer.stdout:
                for line in writer.stdout:
                    revision, service = line.split()
                    acknowledged[int(revision)] = service
                    if len(acknowledged) % (40 + 7 * turn) == 0:
                        writer.kill()
            assert writer.wait() == -signal.SIGKILL
        snapshot = store.snapshot(NORTH)
        stored = {str(g.subject) for g in snapshot.grants if g.role == "acc"}
        assert set(acknowledged.values()) <= stored
        assert len(stored) == snapshot.revision - 1
        assert len(stored) <= len(acknowledged) + 3, "more than one unacknowledged write for each kill"
        events = list(store.events(NORTH, limit=10_000))
        assert intact(events)
        assert [e.revision for e in events] == list(range(1, snapshot.revision + 1))
