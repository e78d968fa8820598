"""A second opinion on live decisions: one in so many is decided again by plain Casbin on the full rows."""

from __future__ import annotations

import logging
import queue
import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from typing import Final

from authz.checking.deciding import decide, plan_and_facts
from authz.checking.facts import VIEW, View
from authz.checking.plans import Plan
from authz.checking.policy_held import PolicyHeld
from authz.checking.rulebooks import asking
from authz.core.decision import Decision, Reason, Request
from authz.core.names import Subject
from authz.core.policy import Rule
from authz.core.ports import Engine, PreparedPolicy
from authz.policies import VOCABULARY

MOST_WAITING: Final = 256
_log = logging.getLogger("authz.checking")
_Case = tuple[Request, PolicyHeld, datetime, Decision]


class Referee:
    """Decides again in a thread of its own, started with the first decision it is given; safe for threads.

    A difference is logged as `referee_differs` without anything about a patient, and that question, wherever the same
    rules apply to the same roles and facts, is from then on answered with a no for `policy_damaged`. `counts` tells
    how many were `decided`, `differing`, `failed` (no second opinion could be had) and `dropped` (too many waited).
    """

    def __init__(self, engine: Engine, share: Fraction, told: Callable[[str], None] = lambda _: None) -> None:
        """`engine` answers from all rows of a practice; `share` of the decisions are decided again.

        `told` is called with the name of each count that grows.
        """
        self.counts: Final[Counter[str]] = Counter()
        self._told = told
        self._engine = engine
        self._share = float(share)
        self._waiting: queue.Queue[_Case | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._last: tuple[PolicyHeld, PreparedPolicy] | None = None

    def watch(self, request: Request, held: PolicyHeld, now: datetime, decision: Decision) -> None:
        """Takes note of one in so many decisions; never waits and never fails."""
        if random.random() >= self._share or decision.reason is Reason.POLICY_DAMAGED:  # noqa: S311  # no secret
            return
        try:
            self._waiting.put_nowait((request, held, now, decision))
        except queue.Full:
            self._count("dropped")
            return
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def settle(self) -> None:
        """Returns when all that was taken note of has been decided again."""
        self._waiting.join()

    def close(self) -> None:
        """Ends the thread once it has decided what waits."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None and thread.is_alive():
            self._waiting.put(None)
            thread.join()

    def _start(self) -> None:
        with self._lock:
            # After a fork the thread stays behind in the parent, hence the look at whether it lives.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="authz-referee", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (case := self._waiting.get()) is not None:
            try:
                self._compare(*case)
            except Exception:  # noqa: BLE001  # a referee that stumbles must go on, and be heard of
                self._count("failed")
                _log.exception("referee_failed")
            finally:
                self._waiting.task_done()
        self._waiting.task_done()

    def _compare(self, request: Request, held: PolicyHeld, now: datetime, decision: Decision) -> None:
        again = decide(request, held.answered_by(_FullRows(held, self._policy(held), request.subject)), now)
        if again.reason is Reason.POLICY_DAMAGED:
            self._count("failed")
            return
        self._count("decided")
        if again == decision:
            return
        self._count("differing")
        found = plan_and_facts(request, held, now)
        facts = {"practice": held.practice.id, "revision": held.revision, "resource": request.resource.type,
                 "action": request.action, "answered": decision.reason, "referee": again.reason}  # fmt: skip
        if found is not None:
            plan, held_facts = found
            plan.refuse(held_facts)
            facts["conditions"] = plan.named(held_facts)
        _log.error("referee_differs", extra=facts)

    def _count(self, outcome: str) -> None:
        with self._lock:
            self.counts[outcome] += 1
        self._told(outcome)

    def _policy(self, held: PolicyHeld) -> PreparedPolicy:
        """All rows of the practice, made ready once for decisions that follow each other."""
        if self._last is None or self._last[0] is not held:
            self._last = (held, self._engine.prepare(held.rows()))
        return self._last[1]


class _FullRows:
    """Plans that remember nothing and are answered from all rows of a practice, for the one who really asks."""

    def __init__(self, held: PolicyHeld, policy: PreparedPolicy, subject: Subject) -> None:
        self._rules = held.rules
        self._policy = policy
        self._subject = subject

    def plan(self, resource: str, action: str, roles: frozenset[str]) -> Plan:
        """A new plan."""
        rules, viewing = self._about(resource, action, roles), self._about(resource, VIEW, roles)
        view = View(viewing, asking(self._policy, self._subject, resource, VIEW))
        ask = asking(self._policy, self._subject, resource, action)
        return Plan(None, VOCABULARY.types[resource], action, rules, ask, view)

    def _about(self, resource: str, action: str, roles: frozenset[str]) -> tuple[Rule, ...]:
        asked = (resource, action)
        return tuple(rule for rule in self._rules if (rule.resource, rule.action) == asked and rule.role in roles)
