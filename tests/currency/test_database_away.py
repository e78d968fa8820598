"""PostgreSQL stopped, cut off or frozen under a running service: no answer, never an old one, and well again after."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.api.conftest import World, world_in
from tests.api.serving import Answer, served
from tests.api.test_bad_input import problem
from tests.currency.test_staleness import ask
from tests.postgresql import TEMPLATE, server_apart
from tests.postgresql import Server as Postgresql

PATIENCE_SECONDS = 20


@pytest.fixture
def stoppable() -> Iterator[tuple[Postgresql, World]]:
    """A PostgreSQL of the test's own with a world in it."""
    with server_apart() as postgresql, world_in(postgresql.url(TEMPLATE)) as world:
        yield postgresql, world


def unavailable(answer: Answer) -> None:
    assert problem(answer, 503)["code"] == "store_unavailable"
    assert int(answer.headers["Retry-After"]) > 0


def test_without_leave_nothing_is_answered_while_it_is_away_and_all_is_well_when_it_is_back(
    stoppable: tuple[Postgresql, World], tmp_path: Path
) -> None:
    postgresql, world = stoppable
    with served(tmp_path, {"AUTHZ_DATABASE_URL": world.url, "AUTHZ_WORKERS": "2"}) as server:
        assert ask(server, world).status == 200
        for _ in range(2):
            postgresql.handle.stop()
            for _ in range(4):
                unavailable(ask(server, world))
            postgresql.handle.start()
            for _ in range(4):
                assert ask(server, world).status == 200


def test_with_leave_memory_answers_while_it_is_young_enough_and_not_longer(
    stoppable: tuple[Postgresql, World], tmp_path: Path
) -> None:
    postgresql, world = stoppable
    with served(tmp_path, {"AUTHZ_DATABASE_URL": world.url, "AUTHZ_MAX_STALENESS": "8"}) as server:
        ask(server, world, max_age_ms=0)
        postgresql.handle.stop()
        assert ask(server, world).status == 200
        unavailable(ask(server, world, max_age_ms=0))
        give_up = time.monotonic() + PATIENCE_SECONDS
        while (answer := ask(server, world)).status == 200:
            assert answer.json["age_ms"] <= 8_000
            assert time.monotonic() < give_up
        unavailable(answer)
        postgresql.handle.start()
        assert ask(server, world).json["age_ms"] == 0


def test_connections_that_are_cut_are_made_anew_unnoticed(postgresql_url: str, tmp_path: Path) -> None:
    with world_in(postgresql_url) as world, served(tmp_path, {"AUTHZ_DATABASE_URL": postgresql_url}) as server:
        for _ in range(3):
            assert ask(server, world).status == 200
            with psycopg.connect(postgresql_url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


def test_a_server_that_falls_silent_is_given_up_in_bounds(postgresql_url: str, tmp_path: Path) -> None:
    with world_in(postgresql_url) as world, served(tmp_path, {"AUTHZ_DATABASE_URL": postgresql_url}) as server:
        assert ask(server, world).status == 200
        with psycopg.connect(postgresql_url, autocommit=True) as other:
            found = other.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
        frozen = [pid for (pid,) in found]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            unavailable(ask(server, world))
            assert ask(server, world).status == 200  # on a new connection
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
