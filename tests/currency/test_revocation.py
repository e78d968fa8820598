"""After a write is answered no later check anywhere answers from before it."""

from __future__ import annotations

from pathlib import Path

from tests.api.conftest import World, world_in
from tests.api.serving import served
from tests.currency.racing import Race, run_race

CHECKS = 4_000


def test_two_instances_of_two_workers_never_answer_from_before_a_write(apart: World, tmp_path: Path) -> None:
    environment = {"AUTHZ_DATABASE_URL": apart.url, "AUTHZ_WORKERS": "2"}
    with served(tmp_path, environment) as one, served(tmp_path, environment) as other:
        race = run_race(apart, (one, other), CHECKS, Race.write)
    assert race.contradictions() == []
    assert race.asked >= CHECKS
    assert {allowed for _, allowed in race.seen} == {True, False}
    assert len(race.ended_keys) > 1


def test_where_answers_may_be_old_the_race_finds_some_that_are(postgresql_url: str, tmp_path: Path) -> None:
    """The race above can fail: here nobody is told of a write, and an answer may be a minute old."""
    with_memory = {"AUTHZ_DATABASE_URL": postgresql_url, "AUTHZ_MAX_STALENESS": "60"}
    with world_in(postgresql_url) as world, served(tmp_path, with_memory) as one:
        world.services.store._database._announcing = ""
        race = run_race(world, (one,), CHECKS, Race.write)
    assert race.contradictions()
