"""The matcher grid holds, and each part of model.conf that is taken away or widened makes it fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import casbin
import pytest
import yaml

from authz.core.errors import BadPolicy
from authz.engine import CasbinEngine, holds
from authz.policies.shipped import shipped

GRID: Final[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "tables" / "matcher.yaml").read_text())
MODEL: Final = shipped("model.conf").read_text()
CONJUNCTS: Final = (
    "r.obj == p.obj",
    "r.act == p.act",
    '(p.dom == "*" || p.dom == r.dom)',
    "g(r.sub, p.sub, r.dom)",
    "holds(p.when, r.facts)",
)
MUTANTS: Final = {
    **{f"without {c}": (f"{c} && ", "") if c != CONJUNCTS[-1] else (f" && {c}", "") for c in CONJUNCTS},
    "without the shipped domain": ('(p.dom == "*" || p.dom == r.dom)', "p.dom == r.dom"),
    "with the shipped domain alone": ('(p.dom == "*" || p.dom == r.dom)', 'p.dom == "*"'),
    "with roles held anywhere": (
        "g(r.sub, p.sub, r.dom)",
        '(g(r.sub, p.sub, "northside") || g(r.sub, p.sub, "southside"))',
    ),
    "without denials": (" && !some(where (p.eft == deny))", ""),
}  # fmt: skip


def wrong_answers(model: str) -> list[str]:
    enforcer = casbin.Enforcer(casbin.Enforcer.new_model(text=model))
    enforcer.add_function("holds", holds)
    for kind, *fields in GRID["rows"]:
        enforcer.model[kind][kind].policy.append(fields)
    enforcer.build_role_links()
    return [
        asked["why"]
        for asked in GRID["questions"]
        if enforcer.enforce(*asked["ask"], frozenset(asked["facts"])) is not asked["answer"]
    ]


def test_the_model_answers_the_grid_as_it_says() -> None:
    assert wrong_answers(MODEL) == []


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_of_the_model_fails_the_grid_and_stops_the_start(mutant: str, tmp_path: Path) -> None:
    was, becomes = MUTANTS[mutant]
    edited = MODEL.replace(was, becomes)
    assert edited != MODEL
    assert wrong_answers(edited) != []
    (tmp_path / "model.conf").write_text(edited)
    with pytest.raises(BadPolicy):
        CasbinEngine(tmp_path / "model.conf")
