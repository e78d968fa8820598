"""The read path: a request goes in, a decision of the policy as it is now comes out."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from authz.checking.awaiting import Awaiting
from authz.checking.completing import Known, Registered
from authz.checking.deciding import decide
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.checking.referee import Referee
from authz.checking.uses import Uses
from authz.core.decision import Decision, Request
from authz.core.errors import StoreUnavailable
from authz.core.names import Practice, Subject
from authz.core.people import PracticeSettings
from authz.core.policy import Rule
from authz.core.ports import Engine, Store
from authz.core.registry import Named

_TRIES: Final = 10


@dataclass(frozen=True, slots=True)
class Permission:
    """Something a subject may do where all the conditions hold; none means always."""

    resource: str
    action: str
    conditions: tuple[str, ...]


class Checker:
    """Decides. Every answer is from the policy at a revision read after the question was put.

    At most `keep` practices are held ready, the least recently asked dropped first. Safe for threads.
    Every method raises NotFound for an unknown practice and StoreUnavailable when the database does not answer.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        clock: Callable[[], datetime],
        keep: int,
        referee: Referee | None = None,
    ) -> None:
        """`referee`, if there is one, is told of every decision."""
        self._store = store
        self.memory: Final = Memory(engine)
        self._clock = clock
        self._keep = keep
        self._registered = Registered(store)
        self._referee = referee
        self._held: OrderedDict[Practice, PolicyHeld] = OrderedDict()
        self._lock = threading.Lock()
        self._awaiting = Awaiting(store)
        self.uses: Final = Uses(store, clock, self._policies)

    def check(self, request: Request, at_least: int | None = None) -> Decision:
        """The answer to one request, at revision `at_least` or a later one.

        One that has not come is waited for in bounds, and by a few at a time: StoreUnavailable to all others.
        """
        return self.check_all(request.practice, [request], at_least)[1][0]

    def check_all(
        self, practice: Practice, requests: Sequence[Request], at_least: int | None = None, known: Known | None = None
    ) -> tuple[int, list[Decision]]:
        """The answers to requests about one practice, in their order, all at the one revision returned.

        `known` is what the caller has just read of the practice's registry, so that it is not read again.
        """
        for _ in range(_TRIES):
            held, now = self._current(practice, at_least)
            asked = self._registered.completed(held, requests, known)
            if asked is not None:
                return held.revision, [self._decide(request, held, now) for request in asked]
        raise StoreUnavailable(f"the registry of `{practice}` keeps changing")

    def from_memory(self, practice: Practice, revision: int, requests: Sequence[Request]) -> list[Decision] | None:
        """The answers at this revision, if its policy is held ready and in force now; never touches the database.

        Whether `revision` is still the practice's is for the caller to know.
        """
        now = self._clock()
        with self._lock:
            held = self._held.get(practice)
            if held is None or not held.good_for(revision, now):
                return None
            self._held.move_to_end(practice)
        asked = self._registered.completed_from_memory(held, requests) if held.completes else requests
        if asked is None:
            return None
        if self._referee is None:
            return [decide(request, held, now) for request in asked]
        return [self._decide(request, held, now) for request in asked]

    def make_ready(self, practice: Practice, names: Collection[Named] = ()) -> None:
        """Holds the practice's policy as it is now ready, and what is stored under these names, for `from_memory`."""
        held, _ = self._current(practice, None)
        self._registered.load(held, names)

    def unknown(self, practice: Practice, requests: Sequence[Request]) -> frozenset[Named]:
        """What `from_memory` lacks to complete these, if the policy as last read is still the policy."""
        held = self._held.get(practice)
        return self._registered.unknown(held, requests) if held is not None and held.completes else frozenset()

    def held(self, practice: Practice) -> PolicyHeld:
        """The practice's policy as it is now."""
        return self._current(practice, None)[0]

    def settings(self, practice: Practice) -> PracticeSettings | None:
        """The settings of a practice that is held ready, as of the last answer or later."""
        held = self._held.get(practice)
        return None if held is None else held.scene.settings

    def permissions(self, practice: Practice, subject: Subject) -> tuple[int, list[Permission]]:
        """What the subject may do here and under which conditions, in order of type and action, and the revision.

        One entry for each rule that could say yes; nothing for who is unknown or was let go.
        """
        held, _ = self._current(practice, None)
        asker = held.askers.get(subject)
        roles = asker.roles if asker is not None else frozenset()
        found = {_permission(rule) for rule in held.rules if rule.role in roles and rule.effect == "allow"}
        return held.revision, sorted(found, key=lambda p: (p.resource, p.action, len(p.conditions), p.conditions))

    def knows(self, practice: Practice, subject: Subject) -> bool:
        """Whether the subject is, or was, somebody in this practice."""
        held, _ = self._current(practice, None)
        return subject in held.askers

    def close(self) -> None:
        """Ends what runs beside the checks, and notes which roles were used; the checker still answers."""
        self.uses.close()
        if self._referee is not None:
            self._referee.close()

    def _policies(self) -> list[PolicyHeld]:
        with self._lock:
            return [*self._held.values()]

    def _decide(self, request: Request, held: PolicyHeld, now: datetime) -> Decision:
        decision = decide(request, held, now)
        if self._referee is not None:
            self._referee.watch(request, held, now, decision)
        return decision

    def _current(self, practice: Practice, at_least: int | None) -> tuple[PolicyHeld, datetime]:
        revision = self._awaiting.revision(practice, at_least)
        now = self._clock()
        with self._lock:
            held = self._held.get(practice)
            if held is not None and held.good_for(revision, now):
                self._held.move_to_end(practice)
                return held, now
        held = self._after(held, now) or PolicyHeld(self._store.snapshot(practice), self.memory, now)
        with self._lock:
            kept = self._held.get(practice)
            if kept is None or kept.revision <= held.revision:
                self._held[practice] = held
                self._held.move_to_end(practice)
            gone = [kept] if kept is not None else []
            while len(self._held) > self._keep:
                gone.append(self._held.popitem(last=False)[1])
        for one in gone:
            self.uses.take(one)
        return held, now

    def _after(self, held: PolicyHeld | None, now: datetime) -> PolicyHeld | None:
        """What the policy held has become, where only some people need to be read for that."""
        changed = held and self._store.changed_since(held.practice, held.revision)
        return held.with_people(changed, now) if held and changed else None


def _permission(rule: Rule) -> Permission:
    return Permission(rule.resource, rule.action, rule.conditions)
