"""What a check over HTTP costs beside the bare server: `python -m bench.checks [--seconds N] [--rounds N] [--record]`.

In one run, in turn and several times over: an empty handler on the worker and the loop that the service runs on (the
ceiling), then authenticated single checks and batches, on SQLite and on PostgreSQL. Ratios travel between machines.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from authz import storage
from authz.bootstrap import services
from authz.core.names import INSTALLATION, Practice, Subject
from authz.managing import Terms
from authz.settings import Settings
from bench.practices import ACTOR, circumstances, fill, member, named
from bench.results import record

BY = Terms(ACTOR)
ROOT = Path(__file__).resolve().parents[1]
PRACTICES, BATCH, CONNECTIONS = 20, 100, 16
EMPTY = b'{"allowed":true,"reason":"granted","revision":42}'
_TICKS = os.sysconf("SC_CLK_TCK")


async def empty(scope, receive, send):  # type: ignore[no-untyped-def]
    """The ceiling: reads the body, answers a decision that nobody made."""
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        headers = [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(EMPTY))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": EMPTY})


@dataclass(frozen=True, slots=True)
class Served:
    """A gunicorn and its one worker."""

    port: int
    worker: int

    def cpu(self) -> float:
        """Seconds of processor time that the worker has used."""
        fields = Path(f"/proc/{self.worker}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def served(port: int, log: Path, *arguments: str, **environment: str) -> Iterator[Served]:
    """gunicorn with the shipped configuration and these arguments, until the block ends."""
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AUTHZ_")}
    settings = {"AUTHZ_PORT": str(port), "AUTHZ_WORKERS": "1", "PYTHONPATH": str(ROOT), **environment}
    with log.open("wb") as lines:
        process = subprocess.Popen(command, cwd=ROOT, env=clean | settings, stdout=lines, stderr=lines)
    try:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not (found := children.read_text().split()):
            time.sleep(0.05)
        time.sleep(2)
        yield Served(port, int(found[0]))
    finally:
        process.terminate()
        process.wait(30)


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


def posted(path: str, token: str, body: object) -> str:
    text = json.dumps(body)
    head = f"POST {path} HTTP/1.1\r\nHost: authz\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Length: {len(text)}\r\n\r\n{text}"


def questions(practice: Practice, start: int, number: int) -> list[dict[str, object]]:
    """Questions that differ in who asks, whose note it is and which."""
    return [
        {
            "subject": str(member(practice, turn % 30)),
            "action": ("edit", "read", "sign")[turn % 3],
            "resource": {
                "type": "chart_note",
                "id": f"n{turn}",
                "attributes": {"author": str(member(practice, (turn // 7) % 30)), "state": "draft"},
            },
        }
        for turn in range(start, start + number)
    ]


def singles(token: str) -> list[str]:
    return [
        posted("/v1/check", token, {"practice": named(n).id, **one})
        for n in range(PRACTICES)
        for one in questions(named(n), n * 31, 50)
    ]


def batches(token: str) -> list[str]:
    """What one person may do with each of a hundred notes, as a page that lists them asks."""
    bodies = []
    for n in range(PRACTICES):
        for who in range(10):
            checks = [{k: v for k, v in one.items() if k != "subject"} for one in questions(named(n), n + who, BATCH)]
            bodies.append({"practice": named(n).id, "subject": str(member(named(n), who)), "checks": checks})
    return [posted("/v1/check/batch", token, body) for body in bodies]


def token_in(url: str) -> str:
    """A key of a service that may ask everywhere."""
    made = services(Settings(database_url=url))
    asker = Subject("service", "charting")
    made.grants.grant(BY, INSTALLATION, asker, "decision-caller")
    token = made.keys.create(BY, asker, "bench")[1]
    made.close()
    return token


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
    found = [
        Case("empty handler", ceiling, singles(token)),
        Case("check, SQLite", sqlite, singles(token)),
        Case(f"batch of {BATCH}, SQLite", sqlite, batches(token), BATCH),
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
    report = f"{circumstances()}; {CONNECTIONS} connections, one worker.\n\n{table(seen, measuring[0].name)}\n"
    print(report)
    if chosen.record:
        record("Checks over HTTP beside the bare server", report)


@contextmanager
def postgresql_filled(place: Path) -> Iterator[str]:
    """A PostgreSQL of this run's own with the same practices as the SQLite file."""
    from tests.postgresql import server_apart  # noqa: PLC0415

    with server_apart() as server:
        url = server.url("authz_template")
        copied = f"sqlite:///{place}/copied.db"
        storage.upgrade(copied)
        fill(copied, PRACTICES)
        copy_over(copied, url)
        yield url


def copy_over(source: str, target: str) -> None:
    """Every row of one database into the other, in an order that its foreign keys allow."""
    from authz.storage.tables import metadata  # noqa: PLC0415

    one, other = storage.database(source), storage.database(target)
    with one.reading() as reading, other.writing() as writing:
        for name in metadata.sorted_tables:
            writing.execute(name.delete()) if name.name == "practices" else None
            rows = [dict(row) for row in reading.execute(name.select()).mappings()]
            if rows:
                writing.execute(name.insert(), rows)
        writing.exec_driver_sql("SELECT setval(pg_get_serial_sequence('casbin_rule', 'id'), max(id)) FROM casbin_rule")
    one.close()
    other.close()


if __name__ == "__main__":
    main()
