"""What a check over HTTP costs beside the bare server: `python -m bench.checks [--seconds N] [--rounds N] [--record]`.

In one run, in turn and several times over: an empty handler on the worker and the loop that the service runs on (the
ceiling), bare flask-smorest, then authenticated single checks and batches, on SQLite and on PostgreSQL. Ratios travel
between machines.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from authz import storage
from bench.asking import BATCH, PRACTICES, batches, singles, token_in
from bench.practices import circumstances, fill
from bench.results import record
from bench.serving import ROOT, Served, served

CONNECTIONS = 16
EMPTY = b'{"allowed":true,"reason":"granted","revision":42}'


async def empty(scope, receive, send):  # type: ignore[no-untyped-def]
    """The ceiling: reads the body, answers a decision that nobody made."""
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        headers = [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(EMPTY))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": EMPTY})


@dataclass(frozen=True, slots=True)
class Case:
    """Something to be measured: its name, where, and which requests; `each` is how many decisions one holds."""

    name: str
    server: Served
    requests: list[str]
    each: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """One round of one case."""

    rate: float
    p99: float
    cpu: float


def measured(case: Case, seconds: float) -> Seen:
    call = [sys.executable, "-m", "bench.load", f"http://127.0.0.1:{case.server.port}", str(seconds), str(CONNECTIONS)]
    before = case.server.cpu()
    done = subprocess.run(call, cwd=ROOT, input=json.dumps(case.requests).encode(), stdout=subprocess.PIPE, check=True)
    used, found = case.server.cpu() - before, json.loads(done.stdout)
    if found["good"] != found["requests"]:
        raise RuntimeError(f"{case.name}: {found['requests'] - found['good']} of {found['requests']} were no answers")
    return Seen(case.each * found["requests"] / found["seconds"], found["p99"], used / found["requests"] * 1e6)


def cases(stack: ExitStack, place: Path, postgresql: str | None) -> list[Case]:
    """Every server started, every database filled."""
    ceiling = stack.enter_context(served(9300, place / "empty.log", "--asgi-lifespan", "off", "bench.checks:empty"))
    url = f"sqlite:///{place}/bench.db"
    storage.upgrade(url)
    fill(url, PRACTICES)
    token = token_in(url)
    sqlite = stack.enter_context(served(9301, place / "sqlite.log", AUTHZ_DATABASE_URL=url))
    two = stack.enter_context(served(9303, place / "two.log", workers=2, AUTHZ_DATABASE_URL=url))
    threads = ("--worker-class", "gthread", "--threads", "4", "bench.bare:application")
    bare = stack.enter_context(served(9304, place / "bare.log", *threads))
    found = [
        Case("empty handler", ceiling, singles(token)),
        Case("check, SQLite", sqlite, singles(token)),
        Case(f"batch of {BATCH}, SQLite", sqlite, batches(token), BATCH),
        Case("check, SQLite, 2 workers", two, singles(token)),
        Case("bare flask-smorest, 4 threads", bare, singles(token)),
    ]
    if postgresql:
        there = token_in(postgresql)
        server = stack.enter_context(served(9302, place / "postgresql.log", AUTHZ_DATABASE_URL=postgresql))
        found += [
            Case("check, PostgreSQL", server, singles(there)),
            Case(f"batch of {BATCH}, PostgreSQL", server, batches(there), BATCH),
        ]
    return found


def table(seen: dict[str, list[Seen]], ceiling: str) -> str:
    """The middle of each case's rounds as Markdown; ratios are worked out within each round."""
    lines = ["| | decisions/s | of the ceiling | p99 ms | CPU µs a request | CPU ratio |", "| --- |" + " ---: |" * 5]
    top = seen[ceiling]
    for name, rounds in seen.items():
        middle = statistics.median
        rate, p99, cpu = (middle(getattr(r, field) for r in rounds) for field in ("rate", "p99", "cpu"))
        share = middle(r.rate / t.rate for r, t in zip(rounds, top, strict=True))
        spent = middle(t.cpu / r.cpu for r, t in zip(rounds, top, strict=True))
        lines.append(f"| {name} | {rate:,.0f} | {share:.2f} | {p99:.1f} | {cpu:.0f} | {spent:.2f} |")
    return "\n".join(lines)


def bars(seen: dict[str, list[Seen]]) -> str:
    """What must be reached, and what was."""

    def times(name: str, other: str) -> float:
        return statistics.median(r.rate / o.rate for r, o in zip(seen[name], seen[other], strict=True))

    rows = [
        ("check, SQLite, to the empty handler", 0.6, times("check, SQLite", "empty handler")),
        (f"batch of {BATCH}, SQLite, to single checks", 10, times(f"batch of {BATCH}, SQLite", "check, SQLite")),
    ]
    if "check, PostgreSQL" in seen:
        rows.append(("check, PostgreSQL, to the empty handler", 0.45, times("check, PostgreSQL", "empty handler")))
    lines = ["| bar | at least | found |", "| --- | ---: | ---: |"]
    lines += [
        f"| {name} | {least} | {found:.2f}{'' if found >= least else ' (not reached)'} |" for name, least, found in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sqlite-only", action="store_true")
    parser.add_argument("--record", action="store_true", help="append to bench/RESULTS.md")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        url = None if chosen.sqlite_only else stack.enter_context(postgresql_filled(Path(place)))
        measuring = cases(stack, Path(place), url)
        for case in measuring:
            measured(case, 1)
        seen: dict[str, list[Seen]] = {case.name: [] for case in measuring}
        for _ in range(chosen.rounds):
            for case in measuring:
                seen[case.name].append(measured(case, chosen.seconds))
    told = f"{circumstances()}; {CONNECTIONS} connections, one worker where nothing else is said."
    report = f"{told}\n\n{table(seen, measuring[0].name)}\n\n{bars(seen)}\n"
    print(report)
    if chosen.record:
        record("Checks over HTTP beside the bare server", report)


@contextmanager
def postgresql_filled(place: Path, practices: int = PRACTICES) -> Iterator[str]:
    """A PostgreSQL of this run's own with the same practices as the SQLite file."""
    from tests.postgresql import server_apart  # noqa: PLC0415

    with server_apart() as server:
        url = server.url("authz_template")
        copied = f"sqlite:///{place}/copied.db"
        storage.upgrade(copied)
        fill(copied, practices)
        copy_over(copied, url)
        yield url


def copy_over(source: str, target: str) -> None:
    """Every row of one database in the place of those that the other's migrations made, as its foreign keys allow."""
    from authz.storage.tables import metadata  # noqa: PLC0415

    one, other = storage.database(source), storage.database(target)
    with one.reading() as reading, other.writing() as writing:
        for name in reversed(metadata.sorted_tables):
            writing.execute(name.delete())
        for name in metadata.sorted_tables:
            rows = [dict(row) for row in reading.execute(name.select()).mappings()]
            if rows:
                writing.execute(name.insert(), rows)
        writing.exec_driver_sql("SELECT setval(pg_get_serial_sequence('casbin_rule', 'id'), max(id)) FROM casbin_rule")
    one.close()
    other.close()


if __name__ == "__main__":
    main()
