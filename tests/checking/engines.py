"""Casbin with an eye on it: how often it is asked, and what happens while it cannot answer."""

from __future__ import annotations

from authz.core.names import Subject
from authz.core.policy import RowsInForce
from authz.core.ports import PreparedPolicy
from tests.policies.asking import ENGINE


class Observed:
    """Answers as Casbin does; `asked` counts the questions, and while it `fails` there is no answer to any."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False

    def prepare(self, rows: RowsInForce) -> ObservedPolicy:
        """The rows made ready by Casbin."""
        return ObservedPolicy(self, ENGINE.prepare(rows))


class ObservedPolicy:
    """Rows made ready, asked through the engine that observes."""

    def __init__(self, engine: Observed, policy: PreparedPolicy) -> None:
        self._engine = engine
        self._policy = policy

    def allows(self, subject: Subject, resource: str, action: str, facts: frozenset[str]) -> bool | None:
        """What Casbin answers, if it is to answer."""
        self._engine.asked += 1
        return None if self._engine.fails else self._policy.allows(subject, resource, action, facts)
