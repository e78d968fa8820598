"""The benchmarks run, so that their figures can be taken again."""

from __future__ import annotations

from pathlib import Path

from bench import day, decisions
from bench.practices import run, table
from bench.results import record


def test_a_small_run_meets_every_practice_and_gets_answers_of_both_kinds() -> None:
    figures = run(3, cold=3, warm=60)
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
