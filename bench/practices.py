"""What a check costs as the number of practices grows: `python -m bench.practices [--record] [NUMBER ...]`.

For each number of practices of thirty users a new SQLite database is filled, then a process of its own asks: first
about practices it has not met (cold), then again about the last of them (warm).
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from authz import storage
from authz.bootstrap import Services, services
from authz.core.changes import Actor, Change, CreatePractice, Event, Operation, PutGrant, PutMembership, PutPerson
from authz.core.decision import Context, Request, Resource
from authz.core.names import Practice, Subject
from authz.core.people import Membership, Person, PracticeSettings
from authz.core.policy import Grant
from authz.managing import Terms
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped
from authz.settings import Settings
from bench.results import record

NUMBERS = (10, 1_000, 10_000)
USERS = 30
COLD, WARM = 3_000, 5_000
ROLES = ("practitioner", "chart-notes-all", "portal-messaging", "claims-editor", "prescriber")
ACTOR = Actor("cli:bench", "cli")


def fill(url: str, number: int, people: int = USERS) -> None:
    """That many practices of so many users: the first through the store, the rest as copies of its rows."""
    service = services(Settings(database_url=url))
    service.seeding.load(Terms(ACTOR), read_policy(shipped("policy_seed.csv")))
    now, first = datetime.now(UTC), named(0)
    operations: list[Operation] = [CreatePractice(PracticeSettings(first, first.id))]
    for index in range(people):
        user = member(first, index)
        seat = "provider" if index % 3 == 0 else "office"
        operations += [
            PutPerson(Person(user, user.id, f"{user.id}@example.org", first)),
            PutMembership(Membership(user, first, seat=seat, others_can_edit_my_charts=index % 2 == 0)),
        ]
        held = ROLES if index % 3 == 0 else ROLES[index % 5 : index % 5 + 1]
        operations += [PutGrant(Grant(user, role, first, ACTOR.subject, now)) for role in held]
    service.store.apply(Change(first, tuple(operations), (Event(ACTOR, "bench.fill", first.id),)))
    service.close()
    copy(Path(url.removeprefix("sqlite:///")), number)


def copy(database: Path, number: int) -> None:
    """Each row that names the first practice, once more for every other; the record of changes is left out."""
    connection = sqlite3.connect(database)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in names:
        columns = [
            (name, pk and kind == "INTEGER")
            for _, name, kind, _, _, pk in connection.execute(f"PRAGMA table_info({table})")
        ]
        kept = [name for name, counted in columns if not counted]
        listed = ", ".join(f'"{name}"' for name in kept)
        rows = [row for row in connection.execute(f"SELECT {listed} FROM {table}") if named(0).id in str(row)]
        if not rows or "audit" in table or "event" in table:
            continue
        copies = (tuple(renamed(value, n) for value in row) for n in range(1, number) for row in rows)
        connection.executemany(f"INSERT INTO {table} ({listed}) VALUES ({', '.join('?' * len(kept))})", copies)
    connection.commit()
    connection.close()


def renamed(value: object, number: int) -> object:
    return value.replace(named(0).id, named(number).id) if isinstance(value, str) else value


def named(number: int) -> Practice:
    return Practice(f"practice-{number:05}")


def member(practice: Practice, index: int) -> Subject:
    return Subject.user(f"{practice.id}.u{index:02}")


def note(practice: Practice, turn: int) -> Request:
    """May somebody edit a colleague's draft? Needs roles, memberships and conditions."""
    author = str(member(practice, (turn // 7) % USERS))
    resource = Resource("chart_note", f"n{turn}", {"author": author, "state": "draft"})
    return Request(practice, member(practice, turn % USERS), "edit", resource, Context())


def memory() -> float:
    """Resident megabytes of this process now."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def timed(service: Services, requests: list[Request]) -> tuple[list[float], int]:
    """Milliseconds of each check, in order of size, and how many were allowed."""
    taken, allowed = [], 0
    for request in requests:
        began = time.perf_counter()
        allowed += service.checker.check(request).allowed
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken), allowed


def measure(url: str, number: int, cold: int, warm: int) -> dict[str, float]:
    """The figures of one database, taken in this process."""
    service = services(Settings(database_url=url))
    keep = service.settings.practices_in_memory
    service.store.ready()
    empty = memory()
    asked = [named(n) for n in range(min(number, cold))]
    first, _ = timed(service, [note(practice, n) for n, practice in enumerate(asked)])
    full = memory()
    recent = asked[-min(len(asked), keep) :]
    again, allowed = timed(service, [note(recent[n % len(recent)], n) for n in range(warm)])
    service.close()
    return {
        "practices": number,
        "met": len(asked),
        "cold": statistics.median(first),
        "cold_p99": first[int(len(first) * 0.99)],
        "warm": statistics.median(again),
        "warm_p99": again[int(len(again) * 0.99)],
        "allowed": allowed / warm,
        "empty": empty,
        "full": full,
    }


def run(number: int, cold: int = COLD, warm: int = WARM) -> dict[str, float]:
    """Fills a database, then measures it in a process that has done nothing else."""
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{place}/bench.db"
        storage.upgrade(url)
        fill(url, number)
        call = [sys.executable, "-m", "bench.practices", "--measure", url, str(number), str(cold), str(warm)]
        figures: dict[str, float] = json.loads(subprocess.run(call, check=True, stdout=subprocess.PIPE).stdout)
        size = sum(file.stat().st_size for file in Path(place).iterdir()) / 1_000_000
        return {**figures, "size": size}


def table(rows: list[dict[str, float]]) -> str:
    """The figures as Markdown."""
    heads = ("practices", "database MB", "met", "cold ms", "cold p99", "warm ms", "warm p99", "start MB", "then MB")
    lines = [" | ".join(heads), " | ".join("---:" for _ in heads)]
    for r in rows:
        cells = [f"{r['practices']:,.0f}", f"{r['size']:.1f}", f"{r['met']:,.0f}", f"{r['cold']:.2f}",
                 f"{r['cold_p99']:.2f}", f"{r['warm']:.3f}", f"{r['warm_p99']:.3f}", f"{r['empty']:.0f}",
                 f"{r['full']:.0f}"]  # fmt: skip
        lines.append(" | ".join(cells))
    return "\n".join(f"| {line} |" for line in lines)


def circumstances() -> str:
    """On what, with what and when this was measured."""
    cores, today = os.cpu_count(), datetime.now(UTC).date()
    libraries = ", ".join(f"{name} {version(name)}" for name in ("pycasbin", "sqlalchemy"))
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    machine = f"{platform.system()} {platform.machine()}, {cores} cores, {memory_gb:.0f} GB"
    return f"{today}; {machine}; Python {platform.python_version()}, {libraries}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", nargs="*", type=int, default=NUMBERS)
    parser.add_argument("--record", action="store_true", help="write bench/RESULTS.md")
    parser.add_argument("--measure", nargs=4, metavar=("URL", "NUMBER", "COLD", "WARM"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        url, *sizes = chosen.measure
        print(json.dumps(measure(url, *map(int, sizes))))
        return
    report = f"{circumstances()}.\n\n{table([run(number) for number in chosen.numbers])}\n"
    print(report)
    if chosen.record:
        record("Check cost against the number of practices", f"{report}\n{READING}")


READING = f"""\
How to read it: each practice has {USERS} users. *Cold* is the first check about a practice, which loads its
snapshot and builds its enforcer; *met* says how many practices were asked about in turn. *Warm* are further checks
about those still held ready ({Settings().practices_in_memory:,} at most, `AUTHZ_PRACTICES_IN_MEMORY`), each of which
still reads the revision from the database. All are direct calls in one thread, without HTTP; the database is SQLite.
*Start* and *then* are the process's resident memory before the first check and after the cold ones.

Made by `make bench`.
"""


if __name__ == "__main__":
    main()
