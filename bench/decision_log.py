"""What the decision log costs: `python -m bench.decision_log [--seconds N] [--rounds N] [--record]`.

Over HTTP, one worker, SQLite, in one run and in turn: the same server with the log off, with its default and with all
decisions in it, asked single checks, AuthZEN evaluations and batches. wrk is the client; half of the answers, or more,
are denials.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from authz import storage
from authz.decision_log import CHOICES
from bench import wrk
from bench.asking import BATCH, PRACTICES, token_in
from bench.peers import batches, singles
from bench.practices import circumstances, fill, named
from bench.registered import evaluation
from bench.results import record
from bench.serving import Served, served

CONNECTIONS, PORT, LEAST = 16, 9320, 0.75
OFF, _, ALL = CHOICES


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of request, the script that sends it, and how many decisions each holds."""

    name: str
    script: Path
    each: int = 1


def cases(place: Path, token: str) -> list[Case]:
    here = [one for one in singles() if one["practice"] == named(0).id]
    asked = [{**evaluation(one, whole=True), "action": {"name": one["action"]}} for one in here]
    zen = f"/practices/{named(0).id}/access/v1/evaluation"
    return [
        Case("check", wrk.script(place, "checks", "/v1/check", token, singles())),
        Case("evaluation", wrk.script(place, "evaluations", zen, token, asked)),
        Case(f"batch of {BATCH}", wrk.script(place, "batches", "/v1/check/batch", token, batches()), BATCH),
    ]


def counted(server: Served) -> tuple[int, int]:
    """How many decisions the server has logged, and how many dropped."""
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        told = answer.read().decode()
    logged, dropped = re.findall(r"(?m)^authz_decisions_(?:logged|dropped)_total (\S+)$", told)
    return int(float(logged)), int(float(dropped))


def report(seen: dict[str, dict[str, list[wrk.Seen]]], each: dict[str, int], logs: dict[str, tuple[int, int]]) -> str:
    """The middle of the rounds as Markdown; ratios are worked out within each round."""
    lines = ["| SQLite, one worker | log | decisions/s | of `off` | p99 ms |", "| --- | --- | ---: | ---: | ---: |"]
    found = {}
    for name, kept in seen.items():
        for keep, rounds in kept.items():
            share = statistics.median(r.rate / o.rate for r, o in zip(rounds, kept[OFF], strict=True))
            rate, p99 = (statistics.median(getattr(r, field) for r in rounds) for field in ("rate", "p99"))
            lines.append(f"| {name} | `{keep}` | {rate * each[name]:,.0f} | {share:.2f} | {p99:.1f} |")
            found[name, keep] = share
    lines += ["", "| bar | at least | found |", "| --- | ---: | ---: |"]
    for name in seen:
        reached = "" if found[name, ALL] >= LEAST else " (not reached)"
        lines.append(f"| {name}, `{ALL}` to `{OFF}` | {LEAST} | {found[name, ALL]:.2f}{reached} |")
    told = "; ".join(f"`{keep}`: {logged:,} lines written, {lost:,} dropped" for keep, (logged, lost) in logs.items())
    return "\n".join(lines) + f"\n\n{told}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="write bench/RESULTS.md")
    chosen = parser.parse_args()
    if not wrk.installed():
        print("wrk is not installed (Debian: wrk); the cost of the decision log is left out")
        return
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        place = Path(name)
        url = f"sqlite:///{place}/bench.db"
        storage.upgrade(url)
        fill(url, PRACTICES)
        asking = cases(place, token_in(url))
        servers = {
            keep: stack.enter_context(
                served(PORT + turn, place / f"{keep}.log", AUTHZ_DATABASE_URL=url, AUTHZ_DECISION_LOG=keep)
            )
            for turn, keep in enumerate(CHOICES)
        }
        seen: dict[str, dict[str, list[wrk.Seen]]] = {one.name: {keep: [] for keep in CHOICES} for one in asking}
        for turn in range(chosen.rounds + 1):
            for one in asking:
                for keep, server in servers.items():
                    found = wrk.loaded(server.url, one.script, chosen.seconds if turn else 1, CONNECTIONS)
                    if turn:
                        seen[one.name][keep].append(found)
        logs = {keep: counted(server) for keep, server in servers.items() if keep != OFF}
    told = f"{circumstances()}; {CONNECTIONS} connections.\n\n"
    told += report(seen, {one.name: one.each for one in asking}, logs) + f"\n\n{_READING}\n"
    print(told)
    if chosen.record:
        record("What the decision log costs", told)


_READING: Final = """How to read it: three servers, asked in turn, on the machine that the client runs on too. `notable`
is the default; most answers here are denials, as they hardly are elsewhere, so that it writes nearly as much as `all`.

Made by `python -m bench.decision_log --record`."""


if __name__ == "__main__":
    main()
