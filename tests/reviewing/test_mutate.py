"""`authz policy mutate` finds what nobody would notice, and nothing of that kind in what ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from authz.policies.shipped import GRIDS, shipped
from authz.reviewing.grids import grids_in
from authz.reviewing.mutants import mutants
from authz.reviewing.mutating import survivors
from tests.policies.asking import ENGINE, SHIPPED
from tests.reviewing.folders import Folder, Typed


def test_no_change_of_a_shipped_rule_goes_unnoticed(policy: Typed) -> None:
    said = policy("mutate", "--json")
    assert said.code == 0
    assert said.json == {"well": True, "mutants": len(list(mutants(SHIPPED))), "survivors": []}


@pytest.mark.parametrize(
    ("about", "actions", "change", "words"),
    [
        (
            "An order said to be sue's",
            ["sign"],
            "without provider",
            (
                "this rule were to allow `practitioner` to `sign` `lab_order` also where it does not hold that "
                "the asker has a provider's seat"
            ),
        ),
        (
            "A provider's seat without the switch",
            ["create", "sign"],
            "for every member",
            "this rule were to allow not `practitioner` but every member to `create` `lab_order`",
        ),
    ],
)
def test_what_only_one_case_notices_goes_unnoticed_without_it(
    policy: Typed, folder: Folder, about: str, actions: list[str], change: str, words: str
) -> None:
    folder.copy("lab_order.yaml", "cast.yaml")
    said = policy("mutate", folder.path, "--json")
    assert {one["change"] for one in said.json["survivors"]} == {"no grid"}
    head, *cases = (folder.path / "lab_order.yaml").read_text().split("  - why: ")
    kept = [case for case in cases if not case.startswith(about)]
    assert len(kept) == len(cases) - 1
    folder.put("lab_order.yaml", "  - why: ".join([head, *kept]))
    said = policy("mutate", folder.path, "--json")
    assert said.code == 1
    found = [one for one in said.json["survivors"] if one["change"] == change]
    assert [one["row"][3] for one in found] == actions
    assert found[0]["text"] == words


def test_what_nobody_would_notice_is_told_in_words_with_the_line_of_the_rule(policy: Typed, folder: Folder) -> None:
    folder.put("deleted_data.yaml", "resource: deleted_data\ncases: []\n")
    said = policy("mutate", folder.path)
    line = next(
        number
        for number, text in enumerate(shipped("policy_seed.csv").read_text().splitlines(), start=1)
        if text == "p, data-restorer, *, deleted_data, list, always, allow"
    )
    for words in (
        "this rule were gone, so that it did not allow `data-restorer` to `list` `deleted_data`",
        "this rule were to deny, not to allow, `data-restorer` to `list` `deleted_data`",
        "this rule were to allow not `data-restorer` but every member to `list` `deleted_data`",
    ):
        assert f"policy_seed.csv:{line}: nobody would notice if {words}" in said.out.splitlines()


def test_every_rule_about_a_type_without_a_grid_is_a_finding(policy: Typed, folder: Folder) -> None:
    folder.copy("patient.yaml", "cast.yaml")
    said = policy("mutate", folder.path, "--json")
    assert said.code == 1
    others = [rule for rule in SHIPPED if rule.resource != "patient"]
    assert [one["row"] for one in said.json["survivors"]] == [rule.row() for rule in others]


def test_a_grid_that_does_not_hold_is_no_ground_to_stand_on(policy: Typed, folder: Folder) -> None:
    folder.put("patient.yaml", "resource: patient\ncases:\n  - why: Any.\n    may: {joe: [purge]}\n")
    said = policy("mutate", folder.path, "--json")
    assert (said.code, said.out) == (2, "")
    assert "does not hold" in said.error["message"]


def test_two_grids_about_one_type_notice_together_what_neither_does_alone(folder: Folder) -> None:
    rules = [rule for rule in SHIPPED if rule.resource == "vitals"]
    text = (shipped(GRIDS) / "vitals.yaml").read_text()
    head, *cases = text.split("  - why:")
    folder.copy("cast.yaml")
    folder.put("a.yaml", "  - why:".join([head, *cases[: len(cases) // 2]]))
    folder.put("b.yaml", "  - why:".join([head, *cases[len(cases) // 2 :]]))
    both = grids_in(folder.path)
    alone = [{(one.rule, one.what) for one in survivors(rules, [grid], ENGINE)} for grid in both]
    assert all(alone)
    assert {(one.rule, one.what) for one in survivors(rules, both, ENGINE)} <= alone[0] & alone[1]


def test_each_mutant_is_tried_and_told_of_once() -> None:
    grids, tried = grids_in(Path(shipped(GRIDS)) / "vitals.yaml"), []
    rules = [rule for rule in SHIPPED if rule.resource == "vitals"]
    assert list(survivors(rules, grids, ENGINE, lambda: tried.append(1))) == []
    assert len(tried) == len(list(mutants(rules)))


@pytest.mark.parametrize("name", ["vitals", "chart_note"])
def test_every_condition_and_the_role_of_every_rule_is_changed(name: str) -> None:
    for rule in (rule for rule in SHIPPED if rule.resource == name):
        whats = {mutant.what for mutant in mutants([rule])}
        wanted = {"deleted", "denies", *(f"without {condition}" for condition in rule.conditions)}
        assert wanted <= whats
        assert ("for every member" in whats) is (rule.role != "member")
        assert ("always" in whats) is (len(rule.conditions) > 1)
