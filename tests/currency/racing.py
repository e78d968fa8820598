"""Readers that ask without a pause while a writer changes what they ask about, each answer held against the writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

from authz.core.names import Subject
from authz.managing import Wish
from tests.api.conftest import ACTOR, NORTHSIDE, World
from tests.api.serving import Answer, Server
from tests.kept import Client, clients_of_every_worker

CHECKS_EACH: Final = 100
JOE, ROLE, LEAD = Subject.user("joe"), "chart-notes-all", "front-desk-lead"
QUESTION: Final = {
    "practice": "northside",
    "subject": "user:joe",
    "action": "read",
    "resource": {"type": "chart_note", "id": "n1", "attributes": {"author": "user:lee", "state": "draft"}},
}
STOCK: Final = {**QUESTION, "action": "adjust", "resource": {"type": "inventory"}}
BOTH: Final = {
    "practice": "northside",
    "subject": "user:joe",
    "checks": [{name: one[name] for name in ("action", "resource")} for one in (QUESTION, STOCK)],
}
P: Final = "/v1/practices/northside"
GRANT: Final = f"{P}/grants/{ROLE}/{JOE}"
# What each write changes; everything is as it was after two rounds.
STEPS: Final = ("holds", "leads", "active", "holds", "active", "key", "leads", "holds", "active", "leads", "active")


@dataclass(frozen=True, slots=True)
class Facts:
    """What answers about joe depend on: the granted role, what the practice's role allows, whether he is here."""

    holds: bool = False
    leads: bool = False
    active: bool = True

    @property
    def answers(self) -> tuple[bool, bool]:
        """Whether he may read the note, and whether he may adjust the stock."""
        return self.active and self.holds, self.active and self.leads


@dataclass(eq=False)
class Race:
    """What was acknowledged so far, and every answer that contradicts it."""

    world: World
    servers: Sequence[Server]
    asked: int = 0
    written: int = 0
    seen: set[tuple[int, int, bool]] = field(default_factory=set)
    stale: list[str] = field(default_factory=list)
    acknowledged: int = 0
    facts: Facts = field(default_factory=Facts)
    facts_at: dict[int, Facts] = field(default_factory=dict)
    ended_keys: set[str] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Joe holds the practice's own role throughout; what that role allows is what changes."""
        services, self.token = self.world.services, self.world.tokens["service:charting"]
        services.roles.put_role(ACTOR, NORTHSIDE, LEAD, "Lead", [Wish("claim", "read")])
        services.grants.grant(ACTOR, NORTHSIDE, JOE, LEAD)
        self.acknowledged = services.store.revision(NORTHSIDE)
        self.facts_at[self.acknowledged] = self.facts
        self._joe: list[bool] = [True]
        self._new_key()

    def read(self, client: Client, turn: int) -> None:
        """A check, a batch, one behind the lane, one with a key that may have ended and one with joe's own."""
        before, path = self.acknowledged, "/v1/check" if turn % 8 else "/v1/check?lane=no"
        which = turn % 2
        answer = client.call("POST", path, (QUESTION, STOCK)[which], token=self.token)
        self._hold(before, answer, {which: answer.json.get("allowed")})
        before = self.acknowledged
        answer = client.call("POST", "/v1/check/batch", BOTH, token=self.token)
        self._hold(before, answer, dict(enumerate(one["allowed"] for one in answer.json.get("results", ()))))
        token = self._doomed
        ended = token in self.ended_keys
        status = client.call("POST", "/v1/check", QUESTION, token=token).status
        if status != 401 and (ended or status != 200):
            self.stale.append(f"{status} with a key that had {'ended' if ended else 'not ended'}")
        known = self._joe
        status = client.call("POST", "/v1/check", QUESTION, token=self.world.tokens["user:joe"]).status
        # Where a write to his account began meanwhile, either is right.
        if known is self._joe and known and status != (200 if known[0] else 401):
            self.stale.append(f"{status} for joe himself, who was {'here' if known[0] else 'gone'}")
        self.asked += 4

    def write(self, turn: int) -> None:
        """One write through the API, at whichever worker takes it."""
        step, server = STEPS[turn % len(STEPS)], self.servers[turn % len(self.servers)]
        self.written += 1
        if step == "key":
            self._call(server, "user:op", "DELETE", f"/v1/keys/{self._doomed_id}")
            self.ended_keys.add(self._doomed)
            self._new_key()
            return
        facts = replace(self.facts, **{step: not getattr(self.facts, step)})
        if step == "active":
            self._joe = []
        if step == "holds":
            answer = self._call(server, "user:omar", "PUT" if facts.holds else "DELETE", GRANT)
        elif step == "leads":
            wishes = [{"resource": "claim", "action": "read"}, {"resource": "inventory", "action": "adjust"}]
            body = {"name": "Lead", "permissions": wishes[: 1 + facts.leads]}
            answer = self._call(server, "user:omar", "PUT", f"{P}/roles/{LEAD}", body)
        else:
            verb = "reactivate" if facts.active else "deactivate"
            answer = self._call(server, "user:omar", "POST", f"{P}/users/joe/{verb}")
        self.facts_at[answer.json["revision"]] = self.facts = facts
        self.acknowledged = answer.json["revision"]
        if step == "active":
            self._joe = [facts.active]

    def contradictions(self) -> list[str]:
        """Everything that was answered and should not have been."""
        known = [one for one in sorted(self.seen) if one[0] in self.facts_at]
        wrong = [f"{said} to {which} at {at}" for at, which, said in known if self.facts_at[at].answers[which] != said]
        return self.stale + wrong

    def _hold(self, before: int, answer: Answer, said: dict[int, bool]) -> None:
        revision = answer.json.get("revision")
        if answer.status != 200 or not isinstance(revision, int) or revision < before:
            self.stale.append(f"{answer.status} at {revision} after {before}: {answer.body!r}")
        else:
            self.seen |= {(revision, which, allowed) for which, allowed in said.items()}

    def _new_key(self) -> None:
        body = {"subject": "service:charting", "label": "doomed"}
        made = self._call(self.servers[-1], "user:op", "POST", "/v1/keys", body).json
        self._doomed, self._doomed_id = made["token"], made["id"]

    def _call(self, server: Server, by: str, method: str, path: str, body: object = None) -> Answer:
        answer = server.call(method, path, body, token=self.world.tokens[by])
        if answer.status not in (200, 201):
            raise AssertionError(f"{method} {path}: {answer.status} {answer.body!r}")
        return answer


@contextmanager
def readers(race: Race, clients: Sequence[Client]) -> Iterator[None]:
    """A reader on each connection, until the block ends; what goes wrong in one is stale too."""

    def run(client: Client) -> None:
        try:
            for turn in count():
                if race.over.is_set():
                    break
                race.read(client, turn)
        except Exception as error:  # noqa: BLE001  # whatever it is, the race must not pass
            race.stale.append(repr(error))

    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        race.over.set()
        for thread in threads:
            thread.join()


def run_race(world: World, servers: Sequence[Server], workers: int, checks: int) -> Race:
    """Reads at each of so many workers of each server, and writes: so many checks, and a write for each hundred."""
    race = Race(world, servers)
    with ExitStack() as stack:
        connected = [stack.enter_context(clients_of_every_worker(server, workers, 1)) for server in servers]
        stack.enter_context(readers(race, [client for clients in connected for client in clients]))
        for turn in count():
            race.write(turn)
            while race.asked < min(checks, race.written * CHECKS_EACH // 2) and not race.stale:
                time.sleep(0.001)  # lets the readers ask in between
            if race.stale or race.asked >= checks <= race.written * CHECKS_EACH:
                return race
    raise AssertionError("unreachable")
