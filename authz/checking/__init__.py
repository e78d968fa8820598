"""The read path: a request goes in, a decision of the policy as it is now comes out."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from authz.checking.deciding import decide
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.checking.referee import Referee
from authz.core.decision import Decision, Request
from authz.core.errors import StoreUnavailable
from authz.core.names import Practice, Subject
from authz.core.policy import Rule
from authz.core.ports import Engine, Store

LONGEST_WAIT_SECONDS: Final = 2.0
FARTHEST_AHEAD: Final = 1_000_000
MOST_WAITING: Final = 2  # a thread each, of the few that there are
_POLL_SECONDS: Final = 0.02


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
        self._referee = referee
        self._held: OrderedDict[Practice, PolicyHeld] = OrderedDict()
        self._lock = threading.Lock()
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)

    def check(self, request: Request, at_least: int | None = None) -> Decision:
        """The answer to one request, at revision `at_least` or a later one.

        One that has not come is waited for in bounds, and by a few at a time: StoreUnavailable to all others.
        """
        held, now = self._current(request.practice, at_least)
        return self._decide(request, held, now)

    def check_all(
        self, practice: Practice, requests: Sequence[Request], at_least: int | None = None
    ) -> tuple[int, list[Decision]]:
        """The answers to requests about one practice, in their order, all at the one revision returned."""
        held, now = self._current(practice, at_least)
        return held.revision, [self._decide(request, held, now) for request in requests]

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
        if self._referee is None:
            return [decide(request, held, now) for request in requests]
        return [self._decide(request, held, now) for request in requests]

    def make_ready(self, practice: Practice) -> None:
        """Holds the practice's policy as it is now ready, for `from_memory`."""
        self._current(practice, None)

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
        """Ends what runs beside the checks; the checker still answers."""
        if self._referee is not None:
            self._referee.close()

    def _decide(self, request: Request, held: PolicyHeld, now: datetime) -> Decision:
        decision = decide(request, held, now)
        if self._referee is not None:
            self._referee.watch(request, held, now, decision)
        return decision

    def _current(self, practice: Practice, at_least: int | None) -> tuple[PolicyHeld, datetime]:
        revision = self._revision(practice, at_least)
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
            while len(self._held) > self._keep:
                self._held.popitem(last=False)
        return held, now

    def _after(self, held: PolicyHeld | None, now: datetime) -> PolicyHeld | None:
        """What the policy held has become, where only some people need to be read for that."""
        changed = held and self._store.changed_since(held.practice, held.revision)
        return held.with_people(changed, now) if held and changed else None

    def _revision(self, practice: Practice, at_least: int | None) -> int:
        revision = self._store.revision(practice)
        if at_least is None or revision >= at_least:
            return revision
        if not worth_waiting(at_least, revision) or not self._waiting.acquire(blocking=False):
            raise not_arrived(at_least, revision)
        try:
            give_up = time.monotonic() + LONGEST_WAIT_SECONDS
            while revision < at_least:
                if time.monotonic() >= give_up:
                    raise not_arrived(at_least, revision)
                time.sleep(_POLL_SECONDS)
                revision = self._store.revision(practice)
        finally:
            self._waiting.release()
        return revision


def worth_waiting(at_least: int, revision: int) -> bool:
    """Whether a revision may come while somebody waits: one that is far ahead was told by nobody."""
    return at_least - revision <= FARTHEST_AHEAD


def not_arrived(at_least: int, revision: int) -> StoreUnavailable:
    """What is said of a revision that has not come, or that cannot be waited for."""
    return StoreUnavailable(f"revision {at_least} has not arrived; the practice is at {revision}")


def _permission(rule: Rule) -> Permission:
    return Permission(rule.resource, rule.action, rule.conditions)
