"""This service beside Cerbos, each with the whole machine: `python -m bench.peers [--seconds N] [--record]`.

In one run and in turn: single checks and batches over HTTP, the same questions and, as is made sure of first, the same
answers. The client is wrk for all.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authz import storage
from authz.asgi.asked import read_batch
from authz.bootstrap import services
from authz.core.names import Practice
from authz.settings import Settings
from bench import cerbos, wrk
from bench.asking import BATCH, PRACTICES, questions, token_in
from bench.checks import postgresql_filled
from bench.practices import circumstances, fill, member, named
from bench.results import record
from bench.serving import served

CONNECTIONS = 32
OURS = "authz, SQLite"
QUIET = {"AUTHZ_DECISION_LOG": "off", "AUTHZ_LOG_LEVEL": "ERROR"}  # as Cerbos runs here: no audit, no line a request


@dataclass(frozen=True, slots=True)
class Case:
    """A server and what it is asked; `each` is how many decisions one request holds."""

    name: str
    load: Callable[[float], wrk.Seen]
    each: int = 1


def singles() -> list[dict[str, Any]]:
    return [{"practice": named(n).id, **one} for n in range(PRACTICES) for one in questions(named(n), n * 31, 50)]


def batches() -> list[dict[str, Any]]:
    bodies = []
    for n in range(PRACTICES):
        for who in range(10):
            checks = [{k: v for k, v in one.items() if k != "subject"} for one in questions(named(n), n + who, BATCH)]
            bodies.append({"practice": named(n).id, "subject": str(member(named(n), who)), "checks": checks})
    return bodies


def compared(url: str, at: str) -> int:
    """How many answers of ours and of Cerbos are the same; raises RuntimeError where one differs."""
    ours, same = services(Settings(database_url=url)), 0
    for body in batches():
        asked = read_batch(json.dumps(body).encode())
        if asked is None:
            raise RuntimeError("a question of the benchmark is none")
        decided = [decision.allowed for decision in ours.checker.check_all(asked.practice, asked.requests)[1]]
        if decided != cerbos.answers(at, in_its_words(body)):
            raise RuntimeError(f"the answers about {body['subject']} differ")
        same += len(decided)
    ours.close()
    return same


def in_its_words(body: dict[str, Any]) -> dict[str, Any]:
    """A check or a batch of ours as Cerbos is asked."""
    return cerbos.question(Practice(body["practice"]), body["subject"], body.get("checks", [body]))


def cases(stack: ExitStack, place: Path, postgresql: str | None) -> tuple[list[Case], str]:
    """Every server started, every database filled; and what was found when the answers were compared."""

    def case(name: str, url: str, path: str, token: str, bodies: list[dict[str, Any]], each: int = 1) -> Case:
        made = wrk.script(place, name.replace(" ", "-").replace(",", ""), path, token, bodies)
        return Case(name, lambda seconds: wrk.loaded(url, made, seconds, CONNECTIONS), each)

    workers = os.cpu_count() or 1
    url = f"sqlite:///{place}/bench.db"
    storage.upgrade(url)
    fill(url, PRACTICES)
    token = token_in(url)
    ours = stack.enter_context(served(9320, place / "ours.log", workers=workers, AUTHZ_DATABASE_URL=url)).url
    found = [
        case(OURS, ours, "/v1/check", token, singles()),
        case(f"{OURS}, batches of {BATCH}", ours, "/v1/check/batch", token, batches(), BATCH),
    ]
    quiet = stack.enter_context(served(9325, place / "quiet.log", workers=workers, AUTHZ_DATABASE_URL=url, **QUIET)).url
    found.append(case(f"{OURS}, logs off", quiet, "/v1/check", token, singles()))
    if postgresql:
        with_server = token_in(postgresql)
        other = served(9321, place / "other.log", workers=workers, AUTHZ_DATABASE_URL=postgresql)
        there = stack.enter_context(other).url
        found.append(case("authz, PostgreSQL", there, "/v1/check", with_server, singles()))
        name = f"authz, PostgreSQL, batches of {BATCH}"
        found.append(case(name, there, "/v1/check/batch", with_server, batches(), BATCH))
    program = cerbos.program()
    if program is None:
        return found, "Cerbos could not be fetched from npm, so it is not in the table."
    at = stack.enter_context(cerbos.served(program, 9322, place)).url
    same = compared(url, at)
    alone, many = ([in_its_words(body) for body in bodies] for bodies in (singles(), batches()))
    found.append(case("Cerbos", at, cerbos.PATH, "none", alone))
    found.append(case(f"Cerbos, batches of {BATCH}", at, cerbos.PATH, "none", many, BATCH))
    return found, f"Cerbos {cerbos.VERSION}; {same:,} answers compared, all the same."


def table(seen: dict[str, list[wrk.Seen]], each: dict[str, int]) -> str:
    """The middle of each case's rounds as Markdown; ratios are worked out within each round."""
    lines = ["| | decisions/s | p99 ms | authz single to this | against Cerbos single |", "| --- |" + " ---: |" * 4]
    for name, rounds in seen.items():
        rate = statistics.median(r.rate for r in rounds) * each[name]
        late = statistics.median(r.p99 for r in rounds)
        share = statistics.median(o.rate / (r.rate * each[name]) for r, o in zip(rounds, seen[OURS], strict=True))
        beside = seen.get("Cerbos")
        times = (
            statistics.median(r.rate * each[name] / c.rate for r, c in zip(rounds, beside, strict=True))
            if beside
            else 0
        )
        lines.append(f"| {name} | {rate:,.0f} | {late:.1f} | {share:.2f} | {times:.1f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sqlite-only", action="store_true")
    parser.add_argument("--record", action="store_true", help="write bench/RESULTS.md")
    chosen = parser.parse_args()
    if not wrk.installed():
        print("wrk is not installed (Debian: wrk); the comparison with Cerbos is left out")
        return
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        url = None if chosen.sqlite_only else stack.enter_context(postgresql_filled(Path(place)))
        measuring, note = cases(stack, Path(place), url)
        for case in measuring:
            case.load(1)
        seen: dict[str, list[wrk.Seen]] = {case.name: [] for case in measuring}
        for _ in range(chosen.rounds):
            for case in measuring:
                seen[case.name].append(case.load(chosen.seconds))
    shown = table(seen, {case.name: case.each for case in measuring})
    report = f"{circumstances()}, a worker for each core; wrk with {CONNECTIONS} connections. {note}\n\n{shown}\n"
    print(report)
    if chosen.record:
        record("The whole machine, beside Cerbos", f"{report}\n{READING}")


READING = """\
How to read it: server and client share the machine; each server may take all of it that the client leaves. Cerbos
keeps no people, so that its caller sends roles and seat along; it asks for no key and keeps nothing current. This
service authenticates its caller, decides whether the caller may ask, and looks for the practice's revision each time.
It logs each request and each denial, as it does unasked; Cerbos logs neither here, so that *logs off* is its like.

Made by `python -m bench.peers --record`.
"""


if __name__ == "__main__":
    main()
