"""Grids tried on rules: each with the cells that are not as it says, and the rules that no grid of it exercises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from authz.checking import Checker
from authz.checking.facts import VIEW
from authz.core.policy import Rule, Snapshot
from authz.core.ports import Engine
from authz.reviewing.asking import Cell, Wrong, cells, checker, wrong_cells
from authz.reviewing.cases import Case
from authz.reviewing.grids import Grid
from authz.reviewing.guards import forgettable
from authz.reviewing.remembering import Remembering
from authz.reviewing.staging import staged


@dataclass(frozen=True, slots=True)
class Tried:
    """A grid with what was found: how many cells were asked, which were wrong, which of the rules it exercises."""

    grid: Grid
    cells: int
    wrong: tuple[Wrong, ...]
    forgettable: tuple[str, ...]
    rules: tuple[Rule, ...]
    exercised: frozenset[Rule]

    @property
    def failures(self) -> int:
        """How many statements of the grid do not hold."""
        return len(self.wrong) + len(self.forgettable)

    @property
    def idle(self) -> tuple[Rule, ...]:
        """The rules about its type that it does not exercise."""
        return tuple(rule for rule in self.rules if rule not in self.exercised)


def tried(grid: Grid, rules: tuple[Rule, ...], engine: Engine) -> Tried:
    """The grid decided cell by cell, under all these rules."""
    about = rules_about(grid.resource, rules)
    return Tried(
        grid,
        sum(1 for case in grid.cases for _ in cells(case, grid.cast)),
        tuple(wrong for case in grid.cases for wrong in wrong_cells(case, grid.cast, rules, engine)),
        tuple(forgettable(grid.resource, grid.never_without, actions=grid.never_without)),
        about,
        exercised(about, [grid], engine),
    )


def rules_about(resource: str, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Those about one resource type: no others bear on its cells."""
    return tuple(rule for rule in rules if rule.resource == resource)


def exercised(rules: Sequence[Rule], grids: Iterable[Grid], engine: Engine) -> frozenset[Rule]:
    """The rules without which some cell, now as its grid says, would not be.

    For a rule that allows that is a cell that is to be allowed: it would be denied, or allowed with other obligations.
    For one that denies it is a cell that is to be denied.
    """
    found: set[Rule] = set()
    memory = Remembering(engine)
    for grid in grids:
        about = rules_about(grid.resource, rules)
        for case in grid.cases:
            asked = _AskedAlone(case, grid, about, memory)
            found.update(rule for rule in about if rule not in found and asked.needs(rule))
    return frozenset(found)


class _AskedAlone:
    """One case at home, asked again with a rule less."""

    def __init__(self, case: Case, grid: Grid, rules: tuple[Rule, ...], memory: Remembering) -> None:
        self._grid, self._memory = grid, memory
        self._snapshot = staged(grid.cast, grid.cast.home, rules, case.changes)
        answering = self._checker(self._snapshot)
        roles = {who: asker.roles for who, asker in answering.held(grid.cast.home).askers.items()}
        none: frozenset[str] = frozenset()
        self._right = [
            (cell, roles.get(cell.request.subject, none))
            for cell in cells(case, grid.cast, [grid.cast.home])
            if cell.wrong(answering.check(cell.request)) is None
        ]
        self._roles = none.union(*(held for _, held in self._right))

    def needs(self, rule: Rule) -> bool:
        """Whether some cell that is right would be wrong without the rule."""
        if rule.role not in self._roles:
            return False
        concerned = [cell for cell, roles in self._right if rule.role in roles and _bears(rule, cell)]
        if not concerned:
            return False
        rest = tuple(other for other in self._snapshot.rules if other is not rule)
        without = self._checker(replace(self._snapshot, rules=rest))
        return any(cell.wrong(without.check(cell.request)) is not None for cell in concerned)

    def _checker(self, snapshot: Snapshot) -> Checker:
        return checker(self._grid.cast, {snapshot.practice: snapshot}, self._memory)


def _bears(rule: Rule, cell: Cell) -> bool:
    """Whether the rule can change this cell: it is about its action, or about reading, and wants what the cell is."""
    return rule.action in (cell.request.action, VIEW) and cell.allowed is (rule.effect == "allow")


def failing(grids: Iterable[Grid], rules: tuple[Rule, ...], engine: Engine) -> Grid | None:
    """The first grid that does not hold under these rules, if there is one."""
    for grid in grids:
        if any(True for case in grid.cases for _ in wrong_cells(case, grid.cast, rules, engine)):
            return grid
    return None


def without_grid(rules: Iterable[Rule], grids: Iterable[Grid]) -> tuple[Rule, ...]:
    """The rules about types that none of these grids is about."""
    named = {grid.resource for grid in grids}
    return tuple(rule for rule in rules if rule.resource not in named)
