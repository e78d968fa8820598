"""A PostgreSQL that is not there, stopped, busy or cut off: StoreUnavailable, and well again once it is back."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import psycopg
import pytest

from authz.core.errors import StoreUnavailable
from authz.core.names import Practice
from authz.storage import SqlStore, open_store, upgrade
from tests.postgresql import TEMPLATE, Server, server_apart
from tests.storage.calls import IMPATIENT, READS, WRITES, available, unavailable, unavailable_at
from tests.storage.conftest import NORTH, both_open, change


@pytest.fixture
def store(postgresql_url: str) -> Iterator[SqlStore]:
    opened = open_store(postgresql_url, IMPATIENT)
    both_open(opened)
    yield opened
    opened.close()


def cut_off(url: str) -> None:
    """Ends every other connection to this database, as a restart or an administrator does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_spelling_of_the_scheme_is_understood(scheme: str, postgresql_url: str) -> None:
    opened = open_store(postgresql_url.replace("postgresql", scheme, 1))
    opened.ready()
    opened.close()


def test_nobody_listening_is_no_answer() -> None:
    for url in ("postgresql://nobody@127.0.0.1:1/authz", "postgresql:///authz?host=/nowhere"):
        unavailable_at(url, READS, WRITES)
        with pytest.raises(StoreUnavailable):
            upgrade(url)


def test_an_unknown_database_is_no_answer_and_is_not_made(postgresql: Server) -> None:
    url = postgresql.url("authz_nowhere")
    unavailable_at(url, READS, WRITES)
    with pytest.raises(StoreUnavailable):
        upgrade(url)
    unavailable_at(url, READS)


def test_a_database_without_our_schema_is_no_answer(postgresql: Server) -> None:
    unavailable_at(postgresql.admin, READS, WRITES)


def test_connections_that_were_cut_while_idle_are_made_anew_unnoticed(store: SqlStore, postgresql_url: str) -> None:
    available(store, READS, WRITES)
    cut_off(postgresql_url)
    available(store, READS, WRITES)


def test_a_connection_cut_inside_a_change_leaves_nothing_of_it(store: SqlStore, postgresql_url: str) -> None:
    before = store.snapshot(NORTH)

    def write() -> None:
        with store._database.writing() as connection:
            connection.exec_driver_sql("UPDATE practices SET revision = revision + 1, name = 'x'")
            cut_off(postgresql_url)
            connection.exec_driver_sql("UPDATE practices SET name = 'y'")

    with pytest.raises(StoreUnavailable):
        write()
    assert store.snapshot(NORTH) == before


def test_a_server_that_falls_silent_inside_a_change_is_given_up(store: SqlStore) -> None:
    frozen: list[int] = []

    def write() -> None:
        with store._database.writing() as connection:
            connection.exec_driver_sql("UPDATE practices SET name = 'x'")
            frozen.append(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            os.kill(frozen[0], signal.SIGSTOP)
            connection.exec_driver_sql("UPDATE practices SET name = 'y'")

    try:
        with pytest.raises(StoreUnavailable):
            write()
        assert store.snapshot(NORTH).settings.name == "Northside"
    finally:
        os.kill(frozen[0], signal.SIGCONT)


def test_a_practice_that_another_holds_is_waited_for_in_bounds(store: SqlStore, postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url) as other:
        other.execute("SELECT 1 FROM practices WHERE id = 'northside' FOR UPDATE")
        beside = {"note_uses"}  # what touches no practice
        available(store, READS)
        unavailable(store, {name: call for name, call in WRITES.items() if name not in beside})
        assert store.apply(change(Practice("southside"))) == 2
    available(store, READS, WRITES)


def test_tables_that_another_keeps_to_itself_answer_nothing(store: SqlStore, postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url) as other:
        tables = "practices, people, addresses, memberships, casbin_rule, api_keys, audit_events, alembic_version"
        tables += ", access_requests, emergencies, concerned, resources, secrets, uses"
        other.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
        for family in (READS, WRITES):
            for call in family.values():
                with pytest.raises(StoreUnavailable):
                    call(store)
    available(store, READS, WRITES)


def test_more_callers_than_connections_wait_in_bounds(store: SqlStore) -> None:
    held, enough = threading.Barrier(33), threading.Event()

    def hold() -> None:
        with store._database.reading():
            held.wait()
            enough.wait()

    threads = [threading.Thread(target=hold) for _ in range(32)]
    for thread in threads:
        thread.start()
    held.wait()
    with pytest.raises(StoreUnavailable):
        store.revision(NORTH)
    enough.set()
    for thread in threads:
        thread.join()
    assert store.revision(NORTH) == 1


def test_a_server_that_stops_is_missed_and_one_that_returns_is_used() -> None:
    with server_apart() as server:
        opened = open_store(server.url(TEMPLATE), IMPATIENT)
        both_open(opened)
        available(opened, READS, WRITES)
        server.handle.stop()
        unavailable(opened, READS, WRITES)
        server.handle.start()
        available(opened, READS, WRITES)
        assert opened.revision(NORTH) == 3
        opened.close()
