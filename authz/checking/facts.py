"""The conditions that rules name, made ready to be worked out: the facts that the engine decides on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import Final

from authz.core.policy import Rule
from authz.policies.conditions import condition_named
from authz.policies.vocabulary import Condition, Situation

VIEW: Final = "read"
EMERGENCY: Final = "emergency"
MOST_KEPT: Final = 512

Ask = Callable[[frozenset[str]], bool]  # raises Unanswered
Facts = tuple[bool, ...]
Tests = tuple[Callable[[Situation], bool], ...]


class Unanswered(Exception):
    """The engine could not work a question out: a no that must not be remembered."""


def conditions_in(rules: Iterable[Rule]) -> list[Condition]:
    """Each condition that some rule names, once."""
    names = dict.fromkeys(name for rule in rules for name in rule.conditions)
    return [condition for condition in map(condition_named, names) if condition is not None]


class View:
    """Whether an asker may read a resource otherwise than through an emergency, which gives reading alone."""

    def __init__(self, rules: Sequence[Rule], ask: Ask) -> None:
        """`rules` are those for reading of the roles held, `ask` is the engine's answer to facts about reading."""
        ordinary = [c for c in conditions_in(rules) if not c.with_view and c.name != EMERGENCY]
        self._names = tuple(condition.name for condition in ordinary)
        self._tests: Tests = tuple(condition.holds for condition in ordinary)
        self._ask = ask
        self._answers: dict[Facts, bool] = {}

    def given(self, situation: Situation) -> bool:
        """What the policy says, or said to the same facts before; raises Unanswered."""
        facts = tuple([test(situation) for test in self._tests])
        answer = self._answers.get(facts)
        if answer is None:
            answer = self._ask(frozenset(compress(self._names, facts)))
            if len(self._answers) >= MOST_KEPT:
                self._answers.clear()
            self._answers[facts] = answer
        return answer
