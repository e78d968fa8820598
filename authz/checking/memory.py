"""What practices held ready have in common, kept once: rules, and what was answered under them."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from weakref import WeakValueDictionary

from authz.checking.plans import Refusals
from authz.checking.rulebooks import Rulebook
from authz.core.names import INSTALLATION, Practice
from authz.core.policy import Rule
from authz.core.ports import Engine


class Memory:
    """Shared by all practices of a checker; what no practice held uses any more is forgotten. Safe for threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._refused = Refusals()
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
            book = self._books[key] = Rulebook(practice, rules, self._engine, self._refused, below)
        return book
