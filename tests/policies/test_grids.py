"""Every grid holds: what it lists is allowed, whatever it does not list is denied, and nothing crosses practices."""

from __future__ import annotations

import pytest

from authz.policies import VOCABULARY
from tests.policies.grids import FOLDER, SHIPPED, grid, rules_about, wrong_cells

TYPES = sorted(VOCABULARY.types)


def test_there_is_one_grid_for_each_resource_type_and_an_english_line_at_its_head() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "matcher") == TYPES
    for name in TYPES:
        assert (FOLDER / f"{name}.yaml").read_text().startswith("# "), name


@pytest.mark.parametrize("resource", TYPES)
def test_the_policy_decides_as_the_grid_says(resource: str) -> None:
    assert [problem for case in grid(resource) for problem in wrong_cells(case, rules_about(resource))] == []


@pytest.mark.parametrize("resource", TYPES)
def test_the_rules_about_everything_else_change_nothing(resource: str) -> None:
    assert wrong_cells(grid(resource)[0], SHIPPED) == []
