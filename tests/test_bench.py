"""The benchmarks run, so that their figures can be taken again."""

from __future__ import annotations

from pathlib import Path

from authz.bootstrap import services
from authz.settings import Settings
from bench import day, decisions, libraries
from bench.asking import posted
from bench.checks import postgresql_filled
from bench.load import paced, run
from bench.practices import named, table
from bench.practices import run as run_practices
from bench.results import record
from bench.serving import served


def test_a_small_run_meets_every_practice_and_gets_answers_of_both_kinds() -> None:
    figures = run_practices(3, cold=3, warm=60)
    assert figures["practices"] == figures["met"] == 3
    assert 0 < figures["allowed"] < 1
    assert figures["warm"] > 0
    assert figures["cold"] > 0


def test_the_table_has_a_row_for_each_size() -> None:
    names = ("practices", "met", "size", "cold", "cold_p99", "warm", "warm_p99", "empty", "full")
    lines = table([dict.fromkeys(names, 1.0), dict.fromkeys(names, 2.0)]).splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1


def test_a_small_measurement_of_decisions_asks_about_every_kind_and_tells_it_all() -> None:
    figures = decisions.measure(2)
    assert figures["rules"] == day.RULES
    assert figures["kinds"] > 200
    assert all(taken > 0 for taken in [*figures["warm"].values(), *figures["first"]])
    told = decisions.report(figures)
    assert all(f"| {name} |" in told for name in figures["warm"])


def test_a_measurement_taken_again_replaces_its_own_section_alone(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    for title, body in (("One", "| a |\n"), ("Two", "old"), ("Two", "new")):
        record(title, body, path)
    assert path.read_text() == "# One\n\n| a |\n\n# Two\n\nnew\n"


def test_libraries_beside_us_give_the_same_answers_to_the_same_questions() -> None:
    requests = libraries.asked()
    answers = libraries.ours(requests)()
    assert {*answers} == {True, False}
    assert libraries.pycasbin(requests)() == answers
    cedar = libraries.cedar(requests)
    assert cedar is None or cedar() == answers


def test_postgresql_is_measured_with_the_same_practices(tmp_path: Path) -> None:
    with postgresql_filled(tmp_path, 2) as url:
        made, same = (
            services(Settings(database_url=url)),
            services(Settings(database_url=f"sqlite:///{tmp_path}/copied.db")),
        )
        there, here = (of.store.snapshot(named(1)) for of in (made, same))
        made.close()
        same.close()
    assert (there.grants, there.memberships, there.rules) == (here.grants, here.memberships, here.rules)
    assert there.memberships


def test_the_load_generator_counts_answers_and_keeps_its_pace(tmp_path: Path) -> None:
    with served(9390, tmp_path / "empty.log", "--asgi-lifespan", "off", "bench.checks:empty") as server:
        requests = [posted("/v1/check", "none", {}).encode()]
        flat_out = run(server.url, 0.3, 4, requests)
        at_ease = paced(server.url, 0.5, 4, requests, 100)
    assert flat_out.good == flat_out.requests > 0
    assert at_ease.good == at_ease.requests == 50
    assert 0 < at_ease.p50 <= at_ease.p99
