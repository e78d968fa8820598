"""The grids would notice: whatever is taken away or widened makes some cell fail, and the survivors are counted."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pytest

from authz.policies import rows as rows_module
from authz.reviewing.guards import forgettable
from authz.reviewing.mutating import Asked
from authz.reviewing.remembering import Remembering
from tests.policies.asking import ENGINE, rules_about
from tests.policies.grids import TYPES, grid
from tests.policies.mutants import Mutant, of_rules, unguarded
from tests.policies.mutants_of_people import of_ends, of_memberships, of_switches
from tests.policies.mutants_of_words import of_conditions, of_types

MEMORY = Remembering(ENGINE)
OF_PEOPLE = [*of_switches(), *of_memberships(), *of_ends()]


@cache
def asked(resource: str) -> Asked:
    """The cells of a grid in northside, where every rule shows."""
    return Asked(grid(resource), MEMORY)


def noticed(mutant: Mutant, resource: str) -> bool:
    """Whether some cell of this grid is wrong with the mutant."""
    rules = rules_about(resource) if mutant.rules is None else mutant.rules
    return asked(resource).notices(rules, mutant.action, mutant.roles, mutant.people)


def survivors(mutants: Iterable[Mutant]) -> list[str]:
    """The names of the mutants that no cell notices: none of their type's grid, or of any grid if they have no type."""
    left = []
    for mutant in mutants:
        with pytest.MonkeyPatch.context() as patch:
            for module, name, value in mutant.replaces:
                patch.setattr(module, name, value)
            grids = [mutant.resource] if mutant.resource else TYPES
            if not any(noticed(mutant, resource) for resource in grids):
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
        if not forgettable(resource, grid(resource).never_without, origin=f"mutant: {name}"):
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
