"""One practice's policy held ready: its snapshot, the rows in force and the engine made from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from authz.core.names import Subject
from authz.core.policy import Rule, Snapshot
from authz.core.ports import Engine
from authz.policies.in_force import rows_in_force


class PolicyHeld:
    """Never changes once made; a later revision or moment gets one of its own."""

    def __init__(self, snapshot: Snapshot, engine: Engine, now: datetime) -> None:
        self.snapshot = snapshot
        self.revision = snapshot.revision
        self.rows = rows_in_force(snapshot, now)
        self.policy = engine.prepare(self.rows)
        self.granted: frozenset[Subject] = frozenset(grant.subject for grant in snapshot.grants)
        self._rules: defaultdict[tuple[str, str], list[Rule]] = defaultdict(list)
        for rule in self.rows.rules:
            self._rules[rule.resource, rule.action].append(rule)

    def rules_for(self, resource: str, action: str) -> Sequence[Rule]:
        """The rules, of any role, about this action on this type of resource, in their order."""
        return self._rules.get((resource, action), ())

    def good_for(self, revision: int, now: datetime) -> bool:
        """Whether this is still the policy at `revision` and `now`."""
        return self.revision == revision and self.rows.cover(now)
