"""Ten minutes under load: `python -m bench.soak [--seconds N] [--only sqlite|postgresql] [--record]`.

Two workers on SQLite, then two instances of two workers on PostgreSQL, are asked and written to without a pause: by a
load generator with single checks and batches, and by the race of `tests.currency`, which holds each answer against
what was acknowledged before it was asked. Ends badly if one was stale, or if a worker came to hold ever more.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

from authz import storage
from authz.core.changes import ApiKey
from authz.core.names import Subject
from authz.managing import Terms
from bench.asking import batches, singles
from bench.checks import copy_over
from bench.held import Sample, growing, sample, table
from bench.practices import ACTOR, circumstances, fill, member, named
from bench.results import record
from bench.serving import ROOT
from tests.api.conftest import NORTHSIDE, World, world_in
from tests.api.serving import Server, served
from tests.currency.racing import Race, readers
from tests.kept import clients_of_every_worker, workers
from tests.postgresql import TEMPLATE, server_apart

BY = Terms(ACTOR)
SECONDS, SLICE_SECONDS = 600.0, 15.0
PRACTICES, WORKERS, CONNECTIONS = 20, 2, 8
INSTANCES = {"sqlite": 1, "postgresql": 2}
COUNT_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'authz'"


@dataclass
class Soak:
    """A run: what it asked, and what its workers held."""

    world: World
    servers: list[Server]
    race: Race
    samples: list[Sample] = field(default_factory=list)
    connections: list[int] = field(default_factory=list)
    asked: int = 0
    refused: int = 0

    def load(self, seconds: float) -> None:
        """Single checks and batches from processes of their own, with a key that is new and ends with them."""
        outcome, token = self.world.services.keys.create(BY, Subject("service", "charting"), "for a while")
        requests = json.dumps(singles(token) + batches(token)).encode()
        running = []
        for server in self.servers:
            command = [sys.executable, "-m", "bench.load", server.url, str(seconds), str(CONNECTIONS)]
            running.append(subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        for one in running:
            assert one.stdin is not None
            one.stdin.write(requests)
            one.stdin.close()
        time.sleep(seconds / 2)
        self.look()
        for one in running:
            assert one.stdout is not None
            with one.stdout:
                found = json.loads(one.stdout.read())
            one.wait()
            self.asked += found["requests"]
            self.refused += found["requests"] - found["good"]
        assert isinstance(outcome.answer, ApiKey)
        self.world.services.keys.revoke(BY, outcome.answer.id)

    def look(self) -> None:
        """Samples every worker, and counts the connections that all of them have to the database."""
        for number, server in enumerate(self.servers, 1):
            for worker in sorted(workers(server), key=lambda one: one.pid):
                self.samples.append(sample(f"instance {number}, pid {worker.pid}", worker))
        if self.world.url.startswith("postgresql"):
            with psycopg.connect(self.world.url) as console:
                self.connections += [number for (number,) in console.execute(COUNT_CONNECTIONS)]

    def write(self) -> None:
        """Writes through the API and, as another process would, in the practices that the load asks about."""
        grants = self.world.services.grants
        for turn in count():
            if self.race.over.is_set() or self.race.stale:
                return
            try:
                self.race.write(turn)
                practice = named(turn // 2 % PRACTICES)
                change = grants.revoke if turn % 2 else grants.grant
                change(BY, practice, member(practice, 1), "superbill-deleter")
            except Exception as error:  # noqa: BLE001  # whatever it is, the run must end badly
                self.race.stale.append(repr(error))

    def faults(self) -> list[str]:
        """Whatever should not have been."""
        check = self.world.services.store.audit_check(NORTHSIDE)
        found = self.race.contradictions() + growing(self.samples, self.connections)
        if self.refused:
            found.append(f"{self.refused} requests of the load were not answered with 200")
        if len({one.worker for one in self.samples}) != WORKERS * len(self.servers):
            found.append("a worker did not last")
        return found + [f"event {link.seq} was {link.problem}" for link in check.broken]

    def told(self, seconds: float) -> str:
        """The figures as Markdown."""
        kind = self.world.url.partition(":")[0]
        return (
            f"{len(self.servers)} instance(s) of {WORKERS} workers on {kind}, {seconds:.0f} s: {self.asked:,} checks "
            f"and batches by the load generator; {self.race.asked:,} checks held against {self.race.written:,} writes "
            f"through the API, {len(self.race.contradictions())} stale; as many writes again beside the API.\n\n"
            f"{table(self.samples, self.connections)}\n"
        )


def soaked(url: str, folder: Path, seconds: float) -> tuple[str, list[str]]:
    """What there is to tell of so many seconds under load on this database, and what was wrong."""
    with ExitStack() as stack:
        world = stack.enter_context(world_in(url))
        environment = {"AUTHZ_DATABASE_URL": url, "AUTHZ_WORKERS": str(WORKERS)}
        instances = INSTANCES[url.partition(":")[0]]
        servers = [stack.enter_context(served(folder, environment)) for _ in range(instances)]
        run = Soak(world, servers, Race(world, servers))
        found = [stack.enter_context(clients_of_every_worker(server, WORKERS, 1)) for server in servers]
        writing = threading.Thread(target=run.write)
        with readers(run.race, [client for clients in found for client in clients]):
            writing.start()
            slices = max(3, round(seconds / SLICE_SECONDS))
            for _ in range(slices):
                if not run.race.stale:
                    run.load(seconds / slices)
        writing.join()
        return run.told(seconds), run.faults()


@contextmanager
def filled(kind: str, folder: Path) -> Iterator[str]:
    """A database of this kind with the practices that the load asks about."""
    file = f"sqlite:///{folder}/filled.db"
    storage.upgrade(file)
    fill(file, PRACTICES)
    if kind == "sqlite":
        yield file
        return
    with server_apart() as server:
        copy_over(file, server.url(TEMPLATE))
        yield server.url(TEMPLATE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--only", choices=INSTANCES, help="one kind of database")
    parser.add_argument("--record", action="store_true", help="write bench/RESULTS.md")
    chosen = parser.parse_args()
    report, faults = f"{circumstances()}.\n", []
    for kind in [chosen.only] if chosen.only else INSTANCES:
        with tempfile.TemporaryDirectory() as place, filled(kind, Path(place)) as url:
            told, wrong = soaked(url, Path(place), chosen.seconds)
        report += f"\n{told}"
        faults += [f"{kind}: {fault}" for fault in wrong]
    report += READING
    print(report)
    if faults:
        sys.exit("\n".join(faults[:20]))
    if chosen.record:
        record("Ten minutes under load", report)


READING = """
How to read it: the middle value of the first, the second and the last third of the time, sampled every fifteen
seconds or oftener. *Descriptors* leave out the connections of clients. The run fails if the last third holds more
than the middle one (of memory: by more than 2 % or 2 MB). Each fifteen seconds the load generator begins anew, with
connections and an API key that are new.

Made by `make soak`.
"""


if __name__ == "__main__":
    main()
