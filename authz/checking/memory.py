"""What practices held ready have in common, kept once: shipped rules with their answers, sets of roles, standings."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Final
from weakref import WeakValueDictionary

from authz.checking.facts import Facts
from authz.checking.rulebooks import Rulebook
from authz.core.names import INSTALLATION, Practice
from authz.core.policy import Rule
from authz.core.ports import Engine

MOST_REFUSED: Final = 10_000


class Refusals:
    """Questions that are answered with a no because a referee answered them otherwise; they stay so for good."""

    def __init__(self) -> None:
        self._keys: set[tuple[Hashable, Facts]] = set()

    def add(self, key: Hashable, facts: Facts) -> None:
        """The question with this key of a plan and these facts is refused from now on."""
        self._keys.add((key, facts))

    def __contains__(self, question: object) -> bool:
        # INVARIANT: with more differences than can be kept nothing new is answered, so that none is forgotten.
        return question in self._keys or len(self._keys) >= MOST_REFUSED


class Memory:
    """Shared by all practices of a checker; what no practice held uses any more is forgotten. Safe for threads."""

    def __init__(self, engine: Engine) -> None:
        self.refusals: Final = Refusals()
        self._engine = engine
        self._books: WeakValueDictionary[Hashable, Rulebook] = WeakValueDictionary()
        self._lock = threading.Lock()

    def rulebook(self, practice: Practice, rules: tuple[Rule, ...]) -> Rulebook:
        """The book of a practice in which these rules are in force: the shipped one if it has none of its own.

        The same rules give the same book, answers included, for as long as some practice held uses it.
        """
        shipped = tuple(rule for rule in rules if rule.practice == INSTALLATION)
        with self._lock:
            below = self._book(shipped, INSTALLATION, shipped, None)
            if len(shipped) == len(rules):
                return below
            own = tuple(rule for rule in rules if rule.practice != INSTALLATION)
            return self._book((below, practice, own), practice, own, below)

    def _book(self, key: Hashable, practice: Practice, rules: tuple[Rule, ...], below: Rulebook | None) -> Rulebook:
        book = self._books.get(key)
        if book is None:
            book = self._books[key] = Rulebook(practice, rules, self._engine, self.refusals, below)
        return book
