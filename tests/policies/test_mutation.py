"""The grids would notice: every rule, condition and switch that is taken away or widened makes some cell fail."""

from __future__ import annotations

from functools import cache

import pytest

from authz.checking.deciding import decide
from authz.policies.switches import roles_of
from tests.policies.cast import NORTH, NOW
from tests.policies.grids import Case, Cell, cells, grid, held, rules_about
from tests.policies.mutants import MODULES, TYPES, Mutant, of_conditions, of_rules, of_switches, replaced


@cache
def cells_of(resource: str) -> tuple[tuple[Case, tuple[Cell, ...]], ...]:
    """The cells of a grid in northside, where every rule shows."""
    return tuple((case, tuple(cells(case, [NORTH]))) for case in grid(resource))


def survives(mutant: Mutant) -> bool:
    """Whether every cell is still answered as the grid says, those about the changed action asked first."""
    for asks_about in (True, False):
        for case, asked in cells_of(mutant.resource):
            chosen = [cell for cell in asked if (cell.request.action == mutant.action) is asks_about]
            if chosen:
                policy = held(case, NORTH, mutant.rules, mutant.roles)
                if any(cell.wrong(decide(cell.request, policy, NOW)) for cell in chosen):
                    return False
        if asks_about and mutant.action not in ("", "read"):
            # A rule bears on its own action alone, except that reading bears on what needs a view.
            return True
    return True


@pytest.mark.parametrize("resource", TYPES)
def test_no_mutant_of_a_rule_survives(resource: str) -> None:
    mutants = list(of_rules(resource))
    survivors = [mutant.name for mutant in mutants if survives(mutant)]
    assert len(mutants) >= 2
    assert survivors == [], f"{len(survivors)} of {len(mutants)} survive"


@pytest.mark.parametrize("resource", TYPES)
def test_no_mutant_of_a_condition_survives(resource: str, monkeypatch: pytest.MonkeyPatch) -> None:
    survivors = []
    for mutant in of_conditions(resource):
        for module in MODULES:
            monkeypatch.setattr(module, "condition_named", replaced(mutant.condition))
        if survives(mutant):
            survivors.append(mutant.name)
    assert survivors == []


SWITCH_MUTANTS = list(of_switches())


@pytest.mark.parametrize(("name", "roles"), SWITCH_MUTANTS, ids=[name for name, _ in SWITCH_MUTANTS])
def test_no_mutant_of_a_switch_survives(name: str, roles: object) -> None:
    assert roles is not roles_of
    mutants = (Mutant(name, resource, rules_about(resource), roles=roles) for resource in TYPES)  # type: ignore[arg-type]
    assert any(not survives(mutant) for mutant in mutants), name
