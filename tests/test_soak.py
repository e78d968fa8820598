"""The soak runs, tells what it saw, and notices whatever grows."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.held import Sample, growing, table, thirds
from bench.soak import WORKERS, filled, soaked

STEADY = [Sample("one", 90.0, 20, 6), Sample("other", 95.0, 24, 6)] * 9


def test_a_short_soak_asks_writes_and_finds_every_answer_true(tmp_path: Path) -> None:
    with filled("sqlite", tmp_path) as url:
        told, faults = soaked(url, tmp_path, 3)
    # Warming up looks like growth, and three seconds are for nothing else.
    assert [fault for fault in faults if " of instance " not in fault] == []
    assert told.count("| instance 1, pid ") == WORKERS


def test_what_stays_as_it_is_does_not_grow() -> None:
    assert growing(STEADY, [8] * 9) == []
    assert growing([*STEADY[:-2], Sample("one", 500.0, 90, 60)], [8] * 8 + [80]) == []  # once is no trend


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (Sample("one", 93.0, 20, 6), "memory of one: 90.0, then 93.0"),
        (Sample("one", 90.0, 21, 6), "descriptors of one: 20.0, then 21.0"),
        (Sample("one", 90.0, 20, 9), "threads of one: 6.0, then 9.0"),
    ],
)
def test_what_grows_is_named(more: Sample, what: str) -> None:
    assert growing([*STEADY[:12], *[more, Sample("other", 95.0, 24, 6)] * 3], []) == [what]


def test_a_pool_of_threads_that_fills_is_no_growth() -> None:
    assert growing([*STEADY[:12], *[Sample("one", 90.0, 20, 8), Sample("other", 95.0, 24, 6)] * 3], []) == []


def test_connections_that_are_not_given_back_are_noticed() -> None:
    assert growing(STEADY, [8, 8, 8, 8, 8, 8, 9, 9, 9]) == [
        "connections to the database: Thirds(first=8, middle=8, last=9)"
    ]


def test_too_few_samples_say_nothing() -> None:
    with pytest.raises(ValueError, match="too few"):
        thirds([1.0, 2.0])


def test_the_table_has_a_row_for_each_worker_and_one_for_the_database() -> None:
    lines = table(STEADY, [8] * 9).splitlines()
    assert [line.split("|")[1].strip() for line in lines] == ["", "---", "one", "other", "connections to the database"]
    assert len({line.count("|") for line in lines}) == 1
