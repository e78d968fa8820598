"""Which changes of the rules no grid would notice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from authz.checking.facts import VIEW
from authz.core.policy import Rule, Snapshot
from authz.core.ports import Engine
from authz.policies.switches import roles_of
from authz.reviewing.asking import Cell, cells, checker
from authz.reviewing.cases import Case
from authz.reviewing.grids import Grid
from authz.reviewing.mutants import Mutant, mutants
from authz.reviewing.remembering import Remembering
from authz.reviewing.staging import RolesOf, staged
from authz.reviewing.verdicts import rules_about, without_grid


def unchanged(snapshot: Snapshot) -> Snapshot:
    """The snapshot itself."""
    return snapshot


@dataclass(frozen=True, slots=True)
class Survivor:
    """A rule of which something could be changed without any grid noticing, and what, in words."""

    rule: Rule
    what: str
    words: str


class Asked:
    """The cells of a grid at home, where every rule shows, to be asked again under other rules."""

    def __init__(self, grid: Grid, engine: Engine) -> None:
        """`engine` answers what is asked again and again: one that remembers makes this quick."""
        self.grid = grid
        self._engine = engine
        home = [grid.cast.home]
        self._cases: list[tuple[Case, tuple[Cell, ...]]] = [
            (case, tuple(cells(case, grid.cast, home))) for case in grid.cases
        ]

    def notices(
        self,
        rules: tuple[Rule, ...],
        action: str = "",
        roles: RolesOf = roles_of,
        people: Callable[[Snapshot], Snapshot] = unchanged,
    ) -> bool:
        """Whether some cell is answered wrongly under these rules.

        If only rules about one `action` were changed, its cells come first, and no others unless it is reading: a rule
        bears on its own action alone, except that reading bears on whatever needs a view. `roles` and `people` say
        what else is otherwise.
        """
        for first in (True, False):
            if any(self._wrong(rules, action, first, roles, people)):
                return True
            if first and action not in ("", VIEW):
                return False
        return False

    def _wrong(
        self,
        rules: tuple[Rule, ...],
        action: str,
        first: bool,
        roles: RolesOf,
        people: Callable[[Snapshot], Snapshot],
    ) -> Iterator[bool]:
        cast = self.grid.cast
        for case, asked in self._cases:
            chosen = [cell for cell in asked if (cell.request.action == action) is first]
            if chosen:
                snapshot = people(staged(cast, cast.home, rules, case.changes, roles))
                answering = checker(cast, {cast.home: snapshot}, self._engine)
                yield from (cell.wrong(answering.check(cell.request)) is not None for cell in chosen)


def count(rules: Iterable[Rule], grids: Iterable[Grid]) -> int:
    """How many mutants `survivors` will try."""
    grids = list(grids)
    return sum(1 for of in _types(grids) for _ in mutants(rules_about(of, rules)))


def survivors(
    rules: Sequence[Rule], grids: Sequence[Grid], engine: Engine, tried: Callable[[], None] = lambda: None
) -> Iterator[Survivor]:
    """Every change of a rule that no grid about its type notices, in order of the types; and every rule without a grid.

    The grids must hold under the rules as they are, or every change would be noticed. Calls `tried` after each mutant.
    """
    memory = Remembering(engine)
    for resource in _types(grids):
        asked = [Asked(grid, memory) for grid in grids if grid.resource == resource]
        for mutant in mutants(rules_about(resource, rules)):
            if not any(one.notices(mutant.rules, mutant.rule.action) for one in asked):
                yield _survivor(mutant)
            tried()
    for rule in without_grid(rules, grids):
        yield Survivor(rule, "no grid", f"anything about this rule were otherwise: no grid is about `{rule.resource}`")


def _types(grids: Iterable[Grid]) -> list[str]:
    return sorted({grid.resource for grid in grids})


def _survivor(mutant: Mutant) -> Survivor:
    return Survivor(mutant.rule, mutant.what, mutant.in_words())
