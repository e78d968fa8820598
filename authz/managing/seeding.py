"""The shipped roles put into force in every practice."""

from __future__ import annotations

from collections.abc import Sequence

from authz.core.changes import Event, ReplaceShippedRules
from authz.core.errors import Conflict
from authz.core.names import INSTALLATION
from authz.core.policy import Rule
from authz.managing.desk import Desk
from authz.managing.scene import Scene
from authz.managing.terms import Draft, Outcome, Terms


class Seeding:
    """The use case of whoever installs or updates the service; nobody else has the right to it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def load(self, by: Terms, rules: Sequence[Rule]) -> Outcome:
        """Makes the shipped rules exactly these; the same ones change nothing.

        Raises Conflict `not_shipped` for a rule of a single practice.
        """
        if any(rule.practice != INSTALLATION for rule in rules):
            raise Conflict("not_shipped", "a shipped rule is for every practice")

        def work(scene: Scene) -> Draft:
            before = {tuple(r.row()): r.origin for r in scene.snapshot.rules}
            after = {tuple(r.row()): r.origin for r in rules}
            if before == after and not scene.snapshot.bad_rows:
                return Draft()
            gone, come = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
            was, becomes = {"rules": [",".join(row) for row in gone]}, {"rules": [",".join(row) for row in come]}
            event = Event(by.actor, "shipped_rules_set", "policy:shipped", was, becomes, by.reason)
            return Draft([ReplaceShippedRules(tuple(rules))], [event])

        return self._desk.write(by, INSTALLATION, (), work)
