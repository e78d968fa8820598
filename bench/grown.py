"""What stays quick as a practice or an installation grows: `python -m bench.grown [--practices N] [--record]`.

Over HTTP, one worker, SQLite: a practice of 2,000 people after a start and after a grant; grants and revocations among
10,000 practices, and the time from the start of the process to its first answer; and how long a check takes at half of
the rate that the worker can reach.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from authz import storage
from authz.bootstrap import services
from authz.core.names import INSTALLATION, Practice, Subject
from authz.managing import Terms
from authz.settings import Settings
from bench.asking import singles
from bench.load import paced, run
from bench.practices import ACTOR, circumstances, fill, member, named
from bench.results import record
from bench.serving import ROOT

PRACTICES: Final = 10_000
PEOPLE: Final = 2_000
STARTS, WRITES = 7, 100
PORT: Final = 9310


@dataclass(frozen=True, slots=True)
class Caller:
    """One kept connection with a key of a service that may ask and administer everywhere."""

    token: str
    connection: http.client.HTTPConnection

    def call(self, method: str, path: str, body: object) -> tuple[float, dict[str, Any]]:
        """Milliseconds from the request to the whole answer, and the answer; raises RuntimeError for an error."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        text = json.dumps(body)
        began = time.perf_counter()
        self.connection.request(method, path, text, headers)
        answer = self.connection.getresponse()
        told = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {told.decode()}")
        return took, json.loads(told)

    def check(self, practice: Practice, who: int) -> tuple[float, bool]:
        """Milliseconds of one check about one of its people, and the answer."""
        resource = {"type": "chart_note", "id": "n1", "attributes": {"author": "user:x", "state": "signed"}}
        asked = {"practice": practice.id, "subject": str(member(practice, who)), "action": "read", "resource": resource}
        took, told = self.call("POST", "/v1/check", asked)
        return took, told["allowed"]

    def switch(self, practice: Practice, who: int, held: bool) -> float:
        """Milliseconds of a grant or of a revocation."""
        path = f"/v1/practices/{practice.id}/grants/chart-notes-all/{member(practice, who)}"
        return self.call("PUT" if held else "DELETE", path, {"reason": "bench"})[0]


def key_in(url: str) -> str:
    """A key of a service that may ask and administer everywhere."""
    made = services(Settings(database_url=url))
    asker = Subject("service", "charting")
    for role in ("decision-caller", "operator"):
        made.grants.grant(Terms(ACTOR), INSTALLATION, asker, role)
    token = made.keys.create(Terms(ACTOR), asker, "bench")[1]
    made.close()
    return token


@contextmanager
def started(url: str, log: Path) -> Iterator[float]:
    """The service on this database; gives the seconds from its start to the first answer."""
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AUTHZ_")}
    settings = {"AUTHZ_PORT": str(PORT), "AUTHZ_WORKERS": "1", "PYTHONPATH": str(ROOT), "AUTHZ_DATABASE_URL": url}
    settings["AUTHZ_DECISION_LOG_FILE"] = str(log.with_suffix(".jsonl"))
    began = time.perf_counter()
    with log.open("wb") as lines:
        process = subprocess.Popen(command, cwd=ROOT, env=clean | settings, stdout=lines, stderr=lines)
    try:
        while not answers():
            if time.perf_counter() - began > 60:
                raise TimeoutError(log.read_text())
            time.sleep(0.005)
        yield time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(30)


def answers() -> bool:
    """Whether the service is ready to decide."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@contextmanager
def calling(token: str) -> Iterator[Caller]:
    """A connection that is open before anything is measured."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    connection.connect()
    yield Caller(token, connection)
    connection.close()


def one_large_practice(place: Path) -> dict[str, Sequence[float]]:
    """Milliseconds of first checks after a start, and of grants and the checks that follow them."""
    url = database(place / "large.db", 1, PEOPLE)
    token, first = key_in(url), []
    for _ in range(STARTS):
        with started(url, place / "large.log"), calling(token) as caller:
            first.append(caller.check(named(0), 1)[0])
    grants, after = [], []
    with started(url, place / "large.log"), calling(token) as caller:
        caller.check(named(0), 7)
        for turn in range(WRITES):
            held = turn % 2 == 0
            grants.append(caller.switch(named(0), 7, held))
            took, allowed = caller.check(named(0), 7)
            if allowed != held:
                raise RuntimeError("a check answered from before the grant")
            after.append(took)
    return {"first": first, "grants": grants, "after": after}


def many_practices(place: Path, number: int) -> dict[str, Sequence[float]]:
    """Seconds of starts; milliseconds of grants and revocations, each in another practice; latency at half the rate."""
    url = database(place / "many.db", number, 30)
    token, starts = key_in(url), []
    for _ in range(STARTS):
        with started(url, place / "many.log") as took:
            starts.append(took)
    with started(url, place / "many.log"), calling(token) as caller:
        where = [named(turn * 7919 % number) for turn in range(WRITES)]
        caller.switch(named(1), 7, held=True)
        writes = [caller.switch(practice, 7, held) for practice in where for held in (True, False)]
        requests = [text.encode() for text in singles(token)]
        run(f"http://127.0.0.1:{PORT}", 1, 16, requests)
        most = run(f"http://127.0.0.1:{PORT}", 5, 16, requests)
        half = paced(f"http://127.0.0.1:{PORT}", 10, 16, requests, most.rate / 2)
    return {"starts": starts, "writes": writes, "half": [half.rate, half.p50, half.p99]}


def database(file: Path, practices: int, people: int) -> str:
    url = f"sqlite:///{file}"
    storage.upgrade(url)
    fill(url, practices, people)
    return url


def late(values: Sequence[float]) -> float:
    """What 99 of 100 stay below."""
    return sorted(values)[int(len(values) * 0.99)]


def report(number: int, large: dict[str, Sequence[float]], many: dict[str, Sequence[float]]) -> str:
    """The figures as Markdown, each with what must be reached."""
    middle = statistics.median
    rate, p50, p99 = many["half"]
    rows = [
        (f"practice of {PEOPLE:,}: first check after a start, ms", middle(large["first"]), max(large["first"]), 100),
        (f"practice of {PEOPLE:,}: a grant, ms", middle(large["grants"]), late(large["grants"]), None),
        (f"practice of {PEOPLE:,}: the check after a grant, ms", middle(large["after"]), late(large["after"]), 20),
        (f"a grant or revocation among {number:,} practices, ms", middle(many["writes"]), late(many["writes"]), 15),
        (f"start to first answer with {number:,} practices, s", middle(many["starts"]), max(many["starts"]), 2),
        (f"a check at half of the rate reached ({rate:,.0f}/s), ms", p50, p99, "p99 5"),
    ]
    lines = ["| SQLite, one worker | median | 99 of 100 | at most |", "| --- |" + " ---: |" * 3]
    lines += [f"| {name} | {median:.2f} | {p99:.2f} | {bar or ''} |" for name, median, p99, bar in rows]
    return f"{circumstances()}.\n\n" + "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--practices", type=int, default=PRACTICES)
    parser.add_argument("--record", action="store_true", help="write bench/RESULTS.md")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        large, many = one_large_practice(Path(place)), many_practices(Path(place), chosen.practices)
    told = report(chosen.practices, large, many)
    print(told)
    if chosen.record:
        record("What stays quick as practices grow", f"{told}\n{READING}")


READING = """\
How to read it: whole requests over one kept connection, the last row over sixteen. *Start* is from the start of
gunicorn to the first `200` of `/readyz`. Of starts and first checks there are five, and the second column is the
slowest of them. A grant shows what is gained and lost, so it decides before and after; its answer leaves when the
commit is on the disk.

Made by `python -m bench.grown --record`.
"""


if __name__ == "__main__":
    main()
