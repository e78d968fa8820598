"""The grids would notice: whatever is taken away or widened makes some cell fail, and the survivors are counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import pytest

from authz.policies import rows as rows_module
from tests.policies.asking import ENGINE, TYPES, Cell, cells, checker, rules_about, snapshots
from tests.policies.cast import NORTH
from tests.policies.grids import Case, grid, never_without
from tests.policies.guards import forgettable
from tests.policies.mutants import Mutant, of_rules, unguarded
from tests.policies.mutants_of_people import of_ends, of_memberships, of_switches
from tests.policies.mutants_of_words import of_conditions, of_types
from tests.policies.remembering import Remembering

MEMORY = Remembering(ENGINE)
OF_PEOPLE = [*of_switches(), *of_memberships(), *of_ends()]


@cache
def cells_of(resource: str) -> tuple[tuple[Case, tuple[Cell, ...]], ...]:
    """The cells of a grid in northside, where every rule shows."""
    return tuple((case, tuple(cells(case, [NORTH]))) for case in grid(resource))


def wrong(mutant: Mutant, resource: str) -> Iterator[str]:
    """The cells of this grid that the mutant gets wrong.

    Those about the changed action come first. A rule bears on its own action alone, except that reading
    bears on whatever needs a view.
    """
    rules = rules_about(resource) if mutant.rules is None else mutant.rules
    for first in (True, False):
        for case, asked in cells_of(resource):
            answering = checker({NORTH: mutant.people(snapshots(case, rules, mutant.roles)[NORTH])}, MEMORY)
            for cell in asked:
                if (cell.request.action == mutant.action) is first:
                    yield cell.wrong(answering.check(cell.request))
        if first and mutant.action not in ("", "read"):
            return


def survivors(mutants: Iterable[Mutant]) -> list[str]:
    """The names of the mutants that no cell notices: none of their type's grid, or of any grid if they have no type."""
    left = []
    for mutant in mutants:
        with pytest.MonkeyPatch.context() as patch:
            for module, name, value in mutant.replaces:
                patch.setattr(module, name, value)
            grids = [mutant.resource] if mutant.resource else TYPES
            if not any(any(wrong(mutant, resource)) for resource in grids):
                left.append(mutant.name)
    return left


@pytest.mark.parametrize("resource", TYPES)
def test_what_is_not_changed_survives_so_that_a_mutant_fails_by_its_change(resource: str) -> None:
    assert survivors([Mutant("nothing", resource)]) == ["nothing"]


@pytest.mark.parametrize("resource", TYPES)
def test_no_mutant_of_a_rule_survives(resource: str) -> None:
    mutants = list(of_rules(resource))
    left = survivors(mutants)
    assert len(mutants) >= 2
    assert left == [], f"{len(left)} of {len(mutants)} survive"


@pytest.mark.parametrize("resource", TYPES)
def test_no_mutant_of_a_guard_survives(resource: str, monkeypatch: pytest.MonkeyPatch) -> None:
    left = []
    for name, vocabulary in unguarded(resource):
        monkeypatch.setattr(rows_module, "VOCABULARY", vocabulary)
        if not forgettable(resource, never_without(resource), origin=f"mutant: {name}"):
            left.append(name)
    assert left == []


@pytest.mark.parametrize("resource", TYPES)
def test_no_mutant_of_a_condition_survives(resource: str) -> None:
    assert survivors(of_conditions(resource)) == []


@pytest.mark.parametrize("resource", TYPES)
def test_no_mutant_of_what_is_said_of_a_type_survives(resource: str) -> None:
    assert survivors(of_types(resource)) == []


@pytest.mark.parametrize("mutant", OF_PEOPLE, ids=[mutant.name for mutant in OF_PEOPLE])
def test_no_mutant_of_what_is_known_about_people_survives(mutant: Mutant) -> None:
    assert survivors([mutant]) == []
