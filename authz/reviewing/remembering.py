"""An engine that asks Casbin each question once, so that hundreds of changed policies can be asked in a minute."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from authz.core.names import Subject
from authz.core.policy import RowsInForce, Rule
from authz.core.ports import Engine, PreparedPolicy

_Key = tuple[int, frozenset[str], str, str, frozenset[str]]


class Remembering:
    """Casbin's answers, kept by all that they depend on: practice, rules about the question, roles held and facts."""

    def __init__(self, engine: Engine) -> None:
        self.engine: Final = engine
        self.answers: Final[dict[_Key, bool | None]] = {}
        self._numbers: Final[dict[tuple[str, tuple[Rule, ...]], int]] = {}

    def prepare(self, rows: RowsInForce) -> Remembered:
        """These rows, handed to Casbin when a question comes that was never asked before."""
        return Remembered(self, rows)

    def number(self, practice: str, rules: tuple[Rule, ...]) -> int:
        """One number for each set of rules, since a number is quicker to look up than the rules."""
        return self._numbers.setdefault((practice, rules), len(self._numbers))


class Remembered:
    """One practice's rows, asked through the memory."""

    def __init__(self, memory: Remembering, rows: RowsInForce) -> None:
        self._memory = memory
        self._rows = rows
        self._casbin: PreparedPolicy | None = None
        about: defaultdict[tuple[str, str], list[Rule]] = defaultdict(list)
        for rule in rows.rules:
            about[rule.resource, rule.action].append(rule)
        self._about = {key: memory.number(rows.practice.id, tuple(rules)) for key, rules in about.items()}

    def allows(self, subject: Subject, resource: str, action: str, facts: frozenset[str]) -> bool | None:
        """What Casbin answers, or answered to the same question before."""
        roles = self._rows.roles.get(subject, frozenset())
        key = (self._about.get((resource, action), -1), roles, resource, action, facts)
        if key not in self._memory.answers:
            self._casbin = self._casbin or self._memory.engine.prepare(self._rows)
            self._memory.answers[key] = self._casbin.allows(subject, resource, action, facts)
        return self._memory.answers[key]
