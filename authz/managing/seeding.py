"""The shipped roles put into force in every practice."""

from __future__ import annotations

from collections.abc import Sequence

from authz.core.changes import Actor, Change, Event, ReplaceShippedRules
from authz.core.errors import Conflict
from authz.core.names import INSTALLATION
from authz.core.policy import Rule, Snapshot
from authz.core.ports import Store
from authz.managing.writing import write


class Seeding:
    """The use case of whoever installs or updates the service."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self, actor: Actor, rules: Sequence[Rule]) -> int:
        """Makes the shipped rules exactly these and returns the installation's revision; the same ones change nothing.

        Raises Conflict `not_shipped` for a rule of a single practice.
        """
        if any(rule.practice != INSTALLATION for rule in rules):
            raise Conflict("not_shipped", "a shipped rule is for every practice")

        def work(snapshot: Snapshot) -> Change | None:
            before = {tuple(r.row()): r.origin for r in snapshot.rules}
            after = {tuple(r.row()): r.origin for r in rules}
            if before == after and not snapshot.bad_rows:
                return None
            gone, come = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
            event = Event(
                actor,
                "shipped_rules_set",
                "policy:shipped",
                {"rules": [",".join(row) for row in gone]},
                {"rules": [",".join(row) for row in come]},
            )
            return Change(INSTALLATION, (ReplaceShippedRules(tuple(rules)),), (event,))

        return write(self._store, INSTALLATION, work)
