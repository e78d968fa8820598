"""Every grid holds: what it lists is allowed, whatever it does not list is denied, and nothing crosses practices."""

from __future__ import annotations

import pytest

from tests.policies.asking import SHIPPED, TYPES, rules_about, wrong_cells
from tests.policies.grids import FOLDER, NO_GRIDS, grid, never_without
from tests.policies.guards import forgettable


def test_there_is_one_grid_for_each_resource_type_and_an_english_line_at_its_head() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem not in NO_GRIDS) == TYPES
    for path in FOLDER.glob("*.yaml"):
        assert path.read_text().startswith("# "), path.name


@pytest.mark.parametrize("resource", TYPES)
def test_the_policy_decides_as_the_grid_says(resource: str) -> None:
    assert [problem for case in grid(resource) for problem in wrong_cells(case, rules_about(resource))] == []


@pytest.mark.parametrize("resource", TYPES)
def test_it_decides_the_same_among_the_rules_about_everything_else(resource: str) -> None:
    assert [problem for case in grid(resource) for problem in wrong_cells(case, SHIPPED)] == []


@pytest.mark.parametrize("resource", TYPES)
def test_no_rule_may_forget_what_the_grid_says_an_action_is_never_without(resource: str) -> None:
    assert forgettable(resource, never_without(resource)) == []
