"""Readers that ask without a pause while a writer changes what they ask about, each answer held against the writes."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from authz.core.names import Subject
from tests.api.conftest import ACTOR, NORTHSIDE, World
from tests.api.serving import Server

BETWEEN = 40
JOE, ROLE = Subject.user("joe"), "chart-notes-all"
QUESTION = {
    "practice": "northside",
    "subject": "user:joe",
    "action": "read",
    "resource": {"type": "chart_note", "id": "n1", "attributes": {"author": "user:lee", "state": "draft"}},
}


class Client:
    """One kept connection."""

    def __init__(self, server: Server) -> None:
        self._connection = socket.create_connection((server.host, server.port), timeout=30)
        self._file = self._connection.makefile("rb")

    def check(self, token: str, **more: object) -> tuple[int, dict[str, object]]:
        """One check: its status and body."""
        body = json.dumps(QUESTION | more).encode()
        head = f"POST /v1/check HTTP/1.1\r\nHost: authz\r\nAuthorization: Bearer {token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._connection.sendall(head.encode() + body)
        status = int(self._file.readline().split()[1])
        length = 0
        while (line := self._file.readline().strip()) != b"":
            name, _, value = line.partition(b": ")
            length = int(value) if name.lower() == b"content-length" else length
        return status, json.loads(self._file.read(length))

    def close(self) -> None:
        self._file.close()
        self._connection.close()


@dataclass
class Race:
    """What was acknowledged so far, and every answer that contradicts it."""

    world: World
    token: str
    doomed: str = ""
    asked: int = 0
    seen: set[tuple[int, bool]] = field(default_factory=set)
    stale: list[str] = field(default_factory=list)
    acknowledged: int = 0
    allowed_at: dict[int, bool] = field(default_factory=dict)
    ended_keys: set[str] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)

    def read(self, client: Client) -> None:
        """One check with a lasting key and one with a key that may have ended."""
        before = self.acknowledged
        status, body = client.check(self.token)
        revision, allowed = body.get("revision"), body.get("allowed")
        if status != 200 or not isinstance(revision, int) or revision < before:
            self.stale.append(f"{status} at {revision} after {before}: {body}")
        else:
            self.seen.add((revision, bool(allowed)))
        doomed = self.doomed
        ended = doomed in self.ended_keys
        status, _ = client.check(doomed)
        if status != 401 and (ended or status != 200):
            self.stale.append(f"{status} with a key that had {'ended' if ended else 'not ended'}")
        self.asked += 2

    def write(self, turn: int) -> None:
        """Grants or takes the role, ends an account or gives it back, ends the doomed key and makes another."""
        services = self.world.services
        holds, active = turn % 2 == 0, turn % 5 != 4
        if holds:
            revision = services.grants.grant(ACTOR, NORTHSIDE, JOE, ROLE).revision
        else:
            revision = services.grants.revoke(ACTOR, NORTHSIDE, JOE, ROLE).revision
        self._acknowledge(revision, holds)
        if not active:
            for change, allowed in ((services.memberships.deactivate, False), (services.memberships.reactivate, holds)):
                self._acknowledge(change(ACTOR, NORTHSIDE, JOE).revision, allowed)
        key = services.keys.verify(self.doomed)
        services.keys.revoke(ACTOR, key.id)
        self.ended_keys.add(self.doomed)
        self.doomed = self.world.key_for("service:charting")

    def contradictions(self) -> list[str]:
        """Everything that was answered and should not have been."""
        wrong = [f"{told} at {at}" for at, told in self.seen if self.allowed_at.get(at, told) is not told]
        return self.stale + wrong

    def _acknowledge(self, revision: int, allowed: bool) -> None:
        self.allowed_at[revision] = allowed
        self.acknowledged = revision


@contextmanager
def readers(race: Race, servers: Sequence[Server], each: int) -> Iterator[None]:
    """So many readers on each server, until the block ends; what goes wrong in one is stale too."""

    def run(server: Server) -> None:
        try:
            client = Client(server)
            while not race.over.is_set():
                race.read(client)
            client.close()
        except Exception as error:  # noqa: BLE001  # whatever it is, the race must not pass
            race.stale.append(repr(error))

    threads = [threading.Thread(target=run, args=(server,)) for server in servers for _ in range(each)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        race.over.set()
        for thread in threads:
            thread.join()


def run_race(world: World, servers: Sequence[Server], checks: int, write: Callable[[Race, int], None]) -> Race:
    """Writes and reads until so many checks were asked."""
    race = Race(world, world.tokens["service:charting"], doomed=world.key_for("service:charting"))
    race.acknowledged = world.services.store.revision(NORTHSIDE)
    with readers(race, servers, 2):
        turn = 0
        while race.asked < checks and not race.stale:
            write(race, turn)
            turn += 1
            following = race.asked + BETWEEN
            while race.asked < following and not race.stale:
                time.sleep(0.001)  # lets the readers ask in between
    return race
