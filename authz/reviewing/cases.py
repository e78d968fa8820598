"""The cases of a grid: each is one situation, with everything the grid says about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from authz.core.decision import Reason
from authz.core.errors import Invalid
from authz.policies.asking import question
from authz.policies.vocabulary import ResourceType
from authz.reviewing import departures
from authz.reviewing.cast import Cast
from authz.reviewing.departures import Changes
from authz.reviewing.expecting import Expecting
from authz.reviewing.written import Written

_FIELDS: Final = ("why", "given", "context", "may", "obliges", "because", "says", *sorted(departures.FIELDS))
_REASONS: Final = frozenset(map(str, Reason))
Cell = tuple[str, str]
"""An asker and an action."""


@dataclass(frozen=True, slots=True)
class Case:
    """One situation of a grid, with everything it says about it; `line` is where it begins."""

    resource: str
    why: str
    line: int = 0
    given: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)
    may: Mapping[str, frozenset[str]] = field(default_factory=dict)
    obliges: Mapping[Cell, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    because: Mapping[Cell, str] = field(default_factory=dict)
    says: Mapping[Cell, str] = field(default_factory=dict)

    def thing(self) -> dict[str, object]:
        """The resource as a question names it."""
        named = {"id": self.given["id"]} if "id" in self.given else {}
        attributes = {name: value for name, value in self.given.items() if name != "id"}
        return {"type": self.resource, **named, "attributes": attributes}


class Cases:
    """Reads the cases of one grid."""

    def __init__(self, expecting: Expecting, cast: Cast, type: ResourceType) -> None:
        self._expecting, self._cast, self._type = expecting, cast, type
        self._members = {id for people in cast.people.values() for id in people}
        self._above = {who.partition(":")[2] for who in cast.above}

    def case(self, written: Written) -> Case:
        """The case that a table states; what is wrong with it is noted."""
        expecting = self._expecting
        told = expecting.table(written, "a case", _FIELDS)
        why = expecting.text(told.get("why"), "`why`").strip()
        if not why:
            expecting.wrong(written, "missing", "a case says in `why` what it is about")
        case = Case(
            self._type.name,
            why,
            written.line,
            {name: value.plain() for name, value in expecting.table(told.get("given"), "`given`").items()},
            {name: value.plain() for name, value in expecting.table(told.get("context"), "`context`").items()},
            departures.changes(expecting, told, self._cast.home, self._members, self._above),
            self._may(told.get("may")),
            {cell: self._owed(value) for cell, value in self._by_cell(told.get("obliges"), "`obliges`")},
            {
                cell: expecting.word(value, "reason", _REASONS)
                for cell, value in self._by_cell(told.get("because"), "`because`")
            },
            {cell: expecting.text(value, "what is said") for cell, value in self._by_cell(told.get("says"), "`says`")},
        )
        self._ask(case, told, written)
        return case

    def by_action(self, written: Written | None, what: str) -> Iterator[tuple[str, Written]]:
        """The entries of a table whose names are actions."""
        for action, value in self._expecting.table(written, what).items():
            if action in self._type.actions:
                yield action, value
            else:
                self._expecting.unknown(value, "action", action, self._type.actions)

    def _may(self, written: Written | None) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for asker, value in self._by_asker(written, "`may`"):
            actions = self._expecting.words(value, "action", self._type.actions)
            found[asker] = found.get(asker, frozenset()) | frozenset(actions)
        return found

    def _by_cell(self, written: Written | None, what: str) -> Iterator[tuple[Cell, Written]]:
        for asker, value in self._by_asker(written, what):
            for action, one in self.by_action(value, f"what {what} says of somebody"):
                yield (asker, action), one

    def _by_asker(self, written: Written | None, what: str) -> Iterator[tuple[str, Written]]:
        for words, value in self._expecting.table(written, what).items():
            try:
                for asker in [*self._cast.named(words)]:
                    yield asker, value
            except KeyError as error:
                known = [asker.partition(":")[2] for asker in self._cast.askers] + [*self._cast.groups]
                self._expecting.unknown(value, "person", str(error.args[0]), known)

    def _owed(self, written: Written) -> list[Mapping[str, Any]]:
        items = written.value if isinstance(written.value, tuple) else (written,)
        found = []
        for item in items:
            if "type" not in self._expecting.table(item, "an obligation"):
                self._expecting.wrong(item, "missing", "an obligation needs its `type`")
            found.append(item.plain())
        return found

    def _ask(self, case: Case, told: Mapping[str, Written], written: Written) -> None:
        """Notes what would be no question."""
        action = next(iter(self._type.actions))
        try:
            question(self._cast.home, "user:anybody", action, case.thing(), case.context)
        except Invalid as error:
            for wrong in error.errors:
                where, _, name = wrong.path.removeprefix("resource.").partition(".")
                table = told.get("context" if where == "context" else "given", written)
                entry = table.value.get(name or where, table) if isinstance(table.value, Mapping) else table
                self._expecting.wrong(entry, "question", f"`{name or where}`: {wrong.message}")
