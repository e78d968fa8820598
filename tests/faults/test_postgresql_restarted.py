"""PostgreSQL crashing under load: no answers for a while, never a wrong one, and well again without hands."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil

from tests.api.conftest import World
from tests.api.serving import served
from tests.currency.test_database_away import stoppable
from tests.faults.load import PATIENCE_SECONDS, load
from tests.postgresql import Server as Postgresql

__all__ = ["stoppable"]


def crash(postgresql: Postgresql) -> None:
    """Ends every process of it at once, without a word to anybody and without a checkpoint."""
    postmaster = psutil.Process(postgresql.handle.get_pid())
    children = postmaster.children()
    os.kill(postmaster.pid, signal.SIGQUIT)
    psutil.wait_procs([postmaster, *children], timeout=PATIENCE_SECONDS)


def test_a_crash_under_load_costs_answers_but_no_acknowledged_write(
    stoppable: tuple[Postgresql, World], tmp_path: Path
) -> None:
    postgresql, world = stoppable
    environment = {"AUTHZ_DATABASE_URL": world.url, "AUTHZ_WORKERS": "2"}
    with (
        served(tmp_path, environment) as one,
        served(tmp_path, environment) as other,
        load(world, [one, other]) as under,
    ):
        for _ in range(2):
            crash(postgresql)
            under.is_refused()
            answered = under.told[200]
            under.is_refused()
            assert under.told[200] == answered
            postgresql.handle.start()
            under.goes_on()
        assert {*under.told} == {200, 503}
