"""After a write is answered no later check anywhere answers from before it."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.api.conftest import World
from tests.api.serving import served
from tests.currency.racing import Race, run_race

SHORT, FULL = 4_000, 100_000
STALE = re.compile(r"200 at \d+ after \d+|200 with a key that had ended|(True|False) to \d at \d+|(200|401) for joe")


def raced(world: World, folder: Path, *, full: bool, application: str = "") -> Race:
    """Four workers on SQLite; two instances on PostgreSQL, of four workers together, or of four each at full length."""
    sqlite = world.url.startswith("sqlite")
    instances, workers = (1, 4) if sqlite else (2, 4 if full else 2)
    environment = {"AUTHZ_DATABASE_URL": world.url, "AUTHZ_WORKERS": str(workers)}
    with ExitStack() as stack:
        started = [served(folder, environment, *([application] if application else [])) for _ in range(instances)]
        servers = [stack.enter_context(one) for one in started]
        return run_race(world, servers, workers, FULL if full else SHORT)


def nothing_was_stale(race: Race, checks: int) -> None:
    assert race.contradictions() == []
    assert race.asked >= checks
    assert {(which, said) for at, which, said in race.seen if at in race.facts_at} == {
        (which, said) for which in (0, 1) for said in (True, False)
    }
    assert len(race.ended_keys) >= checks // 2_000


def test_no_worker_answers_from_before_a_write(apart: World, tmp_path: Path) -> None:
    nothing_was_stale(raced(apart, tmp_path, full=False), SHORT)


@pytest.mark.soak
def test_no_worker_answers_from_before_a_write_however_long_it_goes_on(apart: World, tmp_path: Path) -> None:
    race = raced(apart, tmp_path, full=True)
    nothing_was_stale(race, FULL)


def test_the_race_is_lost_where_workers_do_not_look(apart: World, tmp_path: Path) -> None:
    """The race above can fail: here a worker believes what it was told first."""
    race = raced(apart, tmp_path, full=False, application="tests.currency.switched_off:application()")
    # Answers, from before what was acknowledged, and not failures of the server or of a reader.
    assert [one for one in race.contradictions() if STALE.match(one)]
