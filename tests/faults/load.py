"""Clients that read and write through thick and thin, and remember what they were promised."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from authz.core.names import Subject
from tests.api.conftest import NORTHSIDE, World
from tests.api.serving import Answer, Server
from tests.kept import Client

ROLE: Final = "inventory-adjuster"
GRANTS: Final = f"/v1/practices/northside/grants/{ROLE}"
PATIENCE_SECONDS: Final = 60
LOST: Final = 0
BREATH_SECONDS: Final = 0.01


@dataclass(eq=False)
class Load:
    """Who may do what by the writes that were answered, every answer that contradicts them, and what became of each.

    Each write is tried once: a grant to a subject of its own, or the end of that. `told` counts statuses, an answer
    that never came as 0. `certain` holds what was acknowledged, `doubtful` what was true before a write of which nobody
    was told how it ended.
    """

    world: World
    servers: Sequence[Server]
    told: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    certain: dict[str, bool] = field(default_factory=dict)
    doubtful: dict[str, bool] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def reads(self, number: int) -> None:
        """Asks about those of whom something is certain, until the load is over."""
        chosen = random.Random(number)
        server = self.servers[number % len(self.servers)]
        for call in self._calls(server):
            names = [*self.certain]
            if not names:
                time.sleep(0.001)
                continue
            # The latest are asked about most: what they may do has only just changed.
            name = chosen.choice(names[-8:] if chosen.random() < 0.8 else names)
            before = self.certain.get(name)
            path = "/v1/check" if chosen.random() < 0.9 else "/v1/check?lane=no"
            answer = call("POST", path, _question(name), self.world.tokens["service:charting"])
            if answer is None or answer.status == 503:
                continue
            after = self.certain.get(name)
            said = answer.json.get("allowed")
            # Where a write about them began meanwhile, either is right.
            if answer.status != 200 or (before is not None and before is after and said is not before):
                self.wrong.append(f"{answer.status} {answer.body!r} about {name}, of whom {before} was certain")

    def writes(self, number: int) -> None:
        """Grants to one after the other, and takes from every other again, until the load is over."""
        for turn, call in enumerate(self._calls(self.servers[number % len(self.servers)])):
            name, omar = f"service:w{number}.{turn}", self.world.tokens["user:omar"]
            there = self._written(call("PUT", f"{GRANTS}/{name}", {}, omar), name, may=True)
            if there and turn % 2:
                self.certain.pop(name)
                self._written(call("DELETE", f"{GRANTS}/{name}", None, omar), name, may=False)

    def goes_on(self, further: int = 40, writes: int = 4) -> None:
        """Waits until so many more requests were answered with 200, at least so many of them writes."""
        reads, writes = self.told[200] + further, len(self.certain) + writes
        give_up = time.monotonic() + PATIENCE_SECONDS
        while (self.told[200] < reads or len(self.certain) < writes) and not self.wrong:
            if time.monotonic() > give_up:
                raise TimeoutError(f"it does not go on: {self.told}")
            time.sleep(0.005)

    def is_refused(self, further: int = 20) -> None:
        """Waits until so many more requests were answered with 503."""
        refused, give_up = self.told[503] + further, time.monotonic() + PATIENCE_SECONDS
        while self.told[503] < refused and not self.wrong:
            if time.monotonic() > give_up:
                raise TimeoutError(f"nothing is refused: {self.told}")
            time.sleep(0.005)

    def made_after_all(self) -> set[bool]:
        """Whether they were made, the writes of which nobody was told: some may have been and some not."""
        doubted = [*self.doubtful.items()]
        grants = self.world.services.store.snapshot(NORTHSIDE).grants
        held = {str(grant.subject) for grant in grants if grant.role == ROLE}
        return {(name in held) is not before for name, before in doubted}

    def settle(self) -> None:
        """Holds what is in the database against what was told: every acknowledged write, and no half of another."""
        assert self.wrong == []
        store = self.world.services.store
        snapshot, found = store.snapshot(NORTHSIDE), store.audit_check(NORTHSIDE)
        assert found.broken == ()
        held = {str(grant.subject) for grant in snapshot.grants if grant.role == ROLE}
        events = Counter((e.event.action, e.event.target) for e in store.events(NORTHSIDE, limit=100_000))
        for name, may in self.certain.items():
            assert (name in held) is may, name
        for name in self.certain.keys() | self.doubtful:
            granted, revoked = events["role_granted", name], events["role_revoked", name]
            assert granted - revoked == (name in held), name
            assert (granted, revoked) in ((0, 0), (1, 0), (1, 1)), name
        assert held <= self.certain.keys() | self.doubtful
        self._agree(held)

    def _agree(self, held: set[str]) -> None:
        """Every server answers as the database is."""
        names = sorted(self.certain.keys() | self.doubtful)
        token = self.world.tokens["service:charting"]
        checks = [{name: value for name, value in _question(one).items() if name != "practice"} for one in names]
        for server in self.servers:
            for start in range(0, len(checks), 500):
                body = {"practice": "northside", "checks": checks[start : start + 500]}
                answer = server.call("POST", "/v1/check/batch", body, token=token)
                said = [one["allowed"] for one in answer.json["results"]]
                assert said == [name in held for name in names[start : start + 500]]

    def _written(self, answer: Answer | None, name: str, *, may: bool) -> bool:
        """Whether the write was acknowledged; what is certain follows from it."""
        if answer is not None and answer.status == 200:
            self.certain[name] = may
            self.doubtful.pop(name, None)
            return True
        self.doubtful[name] = not may
        if answer is not None and answer.status != 503:
            self.wrong.append(f"{answer.status} {answer.body!r} to a write about {name}")
        return False

    def _calls(self, server: Server) -> Iterator[Callable[..., Answer | None]]:
        """A way to call the server, again and again until the load is over; connects anew where it must."""
        client: Client | None = None

        def call(method: str, path: str, body: object, token: str) -> Answer | None:
            nonlocal client
            try:
                client = client or Client(server)
                answer = client.call(method, path, body, token=token)
            except OSError:
                if client is not None:
                    client.close()
                client = None
                self.told[LOST] += 1
                time.sleep(BREATH_SECONDS)
                return None
            self.told[answer.status] += 1
            if answer.status == 503:
                time.sleep(BREATH_SECONDS)
            if answer.headers.get("Connection", "").lower() == "close":
                client.close()
                client = None
            return answer

        with suppress(GeneratorExit):
            while not self.over.is_set():
                yield call
        if client is not None:
            client.close()


@contextmanager
def load(world: World, servers: Sequence[Server], readers: int = 4, writers: int = 2) -> Iterator[Load]:
    """Readers and writers at work until the block ends; then everything is held against the database."""
    made = Load(world, servers)

    def run(work: Callable[[int], None], number: int) -> None:
        try:
            work(number)
        except Exception as error:  # noqa: BLE001  # whatever it is, the test must not pass
            made.wrong.append(repr(error))

    threads = [threading.Thread(target=run, args=(made.reads, number)) for number in range(readers)]
    threads += [threading.Thread(target=run, args=(made.writes, number)) for number in range(writers)]
    for thread in threads:
        thread.start()
    try:
        made.goes_on()
        yield made
    finally:
        made.over.set()
        for thread in threads:
            thread.join()
    made.settle()


def _question(name: str) -> dict[str, object]:
    return {
        "practice": "northside",
        "subject": str(Subject.parse(name)),
        "action": "adjust",
        "resource": {"type": "inventory"},
    }
