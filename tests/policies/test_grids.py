"""Every grid holds: what it lists is allowed, whatever it does not list is denied, and nothing crosses practices."""

from __future__ import annotations

import pytest

from authz.core.policy import Rule
from authz.reviewing.asking import wrong_cells
from authz.reviewing.guards import forgettable
from tests.policies.asking import ENGINE, SHIPPED, rules_about
from tests.policies.cast import CAST
from tests.policies.grids import FOLDER, TYPES, grid


def wrong(resource: str, rules: tuple[Rule, ...]) -> list[str]:
    return [str(one) for case in grid(resource).cases for one in wrong_cells(case, CAST, rules, ENGINE)]


def test_there_is_one_grid_for_each_resource_type_and_an_english_line_at_its_head() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "cast") == TYPES
    for path in FOLDER.rglob("*.yaml"):
        assert path.read_text().startswith("# "), path.name


@pytest.mark.parametrize("resource", TYPES)
def test_the_policy_decides_as_the_grid_says(resource: str) -> None:
    assert wrong(resource, rules_about(resource)) == []


@pytest.mark.parametrize("resource", TYPES)
def test_it_decides_the_same_among_the_rules_about_everything_else(resource: str) -> None:
    assert wrong(resource, SHIPPED) == []


@pytest.mark.parametrize("resource", TYPES)
def test_no_rule_may_forget_what_the_grid_says_an_action_is_never_without(resource: str) -> None:
    assert forgettable(resource, grid(resource).never_without) == []
