"""What a decision costs in process: `python -m bench.decisions [--record]`.

Without HTTP, database and revision: `decide` alone, asked again and for the first time after a start or an edit of
rules, and the memory that practices of thirty people take while they are held ready.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

from authz import storage
from authz.checking import Checker
from authz.checking.deciding import decide, plan_and_facts
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Request
from authz.core.policy import Snapshot
from authz.engine import CasbinEngine
from authz.policies.shipped import shipped
from authz.storage import open_store
from bench.day import AT_RANDOM, NOW, kinds, questions, rules, snapshot
from bench.practices import USERS, circumstances, fill, memory, named, note
from bench.results import record

PRACTICES: Final = 10_000
TURNS: Final = 40


def fastest(calls: dict[str, tuple[Callable[[], object], int]]) -> dict[str, float]:
    """Microseconds of one of the so many questions of each call, in the quietest of some turns.

    All take turns, since others use the machine too and are seldom quiet for long.
    """
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(TURNS):
        for name, (call, number) in calls.items():
            began = time.perf_counter()
            call()
            best[name] = min(best[name], (time.perf_counter() - began) / number * 1e6)
    return best


def asking(asked: Sequence[tuple[Request, PolicyHeld]]) -> tuple[Callable[[], object], int]:
    """All of these, one after another, and how many they are."""

    def ask() -> None:
        for request, held in asked:
            decide(request, held, NOW)

    return ask, len(asked)


def first(told: Snapshot, asked: Sequence[Request]) -> list[float]:
    """Microseconds of each question that some rule bears on, put to a memory that has answered no other, in order.

    Each is the quietest of some turns, before each of which the policy is made ready anew.
    """
    engine = CasbinEngine(shipped("model.conf"))
    held = PolicyHeld(told, Memory(engine), NOW)
    borne = [r for r in asked if (found := plan_and_facts(r, held, NOW)) is not None and found[0].rules]
    best = [float("inf")] * len(borne)
    for _ in range(TURNS):
        for place, request in enumerate(borne):
            held = PolicyHeld(told, Memory(engine), NOW)
            began = time.perf_counter()
            decide(request, held, NOW)
            best[place] = min(best[place], (time.perf_counter() - began) * 1e6)
    return sorted(best)


def in_no_order(held: Sequence[PolicyHeld]) -> list[tuple[Request, PolicyHeld]]:
    """Questions about practices whose data are mostly not in the processor's cache when their turn comes."""
    order = [n * 7919 % len(held) for n in range(5_000)]
    return [(questions(held[n].practice)[AT_RANDOM][n % USERS], held[n]) for n in order]


def in_process(number: int) -> dict[str, Any]:
    """The figures of `decide`, in this process."""
    told, engine = rules(), CasbinEngine(shipped("model.conf"))
    cold = first(snapshot(named(0), told), kinds(named(0)))
    shared, before = Memory(engine), memory()
    many = [PolicyHeld(snapshot(named(n), told, revision=n), shared, NOW) for n in range(number)]
    for policy in many:
        for request in questions(policy.practice)[AT_RANDOM]:
            decide(request, policy, NOW)
    each = (memory() - before) * 1024 / number
    days = {name: [(request, many[0]) for request in asked] * 20 for name, asked in questions(named(0)).items()}
    days[f"read a chart note, {number:,} practices in no order"] = in_no_order(many)
    return {
        "rules": len(told),
        "warm": fastest({name: asking(asked) for name, asked in days.items()}),
        "first": [statistics.median(cold), cold[int(len(cold) * 0.99)], cold[-1]],
        "kinds": len(cold),
        "each": each,
    }


def worker(url: str, number: int) -> dict[str, Any]:
    """Resident megabytes of this process when it has asked about that many practices through the store once each."""
    store = open_store(url)
    store.ready()
    before = memory()
    checker = Checker(store, CasbinEngine(shipped("model.conf")), lambda: datetime.now(UTC), keep=number)
    for n in range(number):
        checker.check(note(named(n), n))
    return {"before": before, "after": memory()}


def apart(*call: str) -> dict[str, Any]:
    """What this program says when it is run with these arguments, in a process that has done nothing else."""
    command = [sys.executable, "-m", "bench.decisions", *call]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def measure(number: int) -> dict[str, Any]:
    """All figures."""
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{place}/bench.db"
        storage.upgrade(url)
        fill(url, number)
        return {**apart("--in-process", str(number)), **apart("--worker", url, str(number)), "practices": number}


def report(figures: dict[str, Any]) -> str:
    """The figures as Markdown."""
    median, late, most = figures["first"]
    lines = [
        f"{circumstances()}, simpleeval {version('simpleeval')}; {figures['rules']} shipped rules.",
        "",
        "| decision in process, asked again | µs |",
        "| --- | ---: |",
        *(f"| {name} | {taken:.2f} |" for name, taken in figures["warm"].items()),
        "",
        f"| first of its kind after a start or an edit of rules ({figures['kinds']} kinds) | µs |",
        "| --- | ---: |",
        f"| median | {median:.0f} |",
        f"| 99 of 100 are below | {late:.0f} |",
        f"| slowest | {most:.0f} |",
        "",
        f"| memory of {figures['practices']:,} practices of {USERS} people, all held ready | |",
        "| --- | ---: |",
        f"| each, everybody in it asked about | {figures['each']:.1f} KB |",
        f"| a worker that has loaded all of them from SQLite | {figures['after']:.0f} MB |",
        f"| the same before the first | {figures['before']:.0f} MB |",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--practices", type=int, default=PRACTICES)
    parser.add_argument("--record", action="store_true", help="write bench/RESULTS.md")
    parser.add_argument("--in-process", type=int, metavar="NUMBER", help=argparse.SUPPRESS)
    parser.add_argument("--worker", nargs=2, metavar=("URL", "NUMBER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.in_process:
        print(json.dumps(in_process(chosen.in_process)))
    elif chosen.worker:
        print(json.dumps(worker(chosen.worker[0], int(chosen.worker[1]))))
    else:
        told = report(measure(chosen.practices))
        print(told)
        if chosen.record:
            record("What a decision costs in process", f"{told}\n\n{READING}")


READING = """\
How to read it: `decide` alone, one thread, without HTTP, database and reading of the revision. *Asked again* is the
mean over the thirty people of a practice, in the quietest of forty turns; in the last row each practice has
another revision and its data are mostly out of the processor's cache. *First of its kind* are all pairs of a type and
an action that some rule of the asker's roles bears on, asked by people of six sets of roles, each put to a
memory that knows nothing yet: Casbin is asked once, or twice where a view or an emergency counts.

Before rules, plans and answers were shared (the same machine, the shipped 230 rules, an enforcer for each practice
with all its rows): read a patient 770 µs and edit a draft 1,590 µs, each time; 167 KB for each practice.

Made by `python -m bench.decisions --record`.
"""


if __name__ == "__main__":
    main()
