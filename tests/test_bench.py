"""The benchmark runs, so that its figures can be taken again."""

from __future__ import annotations

from bench.practices import run, table


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
