"""The vocabulary is whole: the index lists every file, and every word in it means something."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import authz.policies
from authz.core.names import Practice, Subject
from authz.core.people import AccessSheet, Membership
from authz.policies import VOCABULARY
from authz.policies.conditions import condition_named, rank
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped
from authz.policies.switches import SWITCHES, default_sheet, roles_of, sheet_of

SHIPPED = read_policy(shipped("policy_seed.csv"))
LEE = Membership(Subject.user("lee"), Practice("northside"))
APART = {
    "administration", "asking", "attributes", "clinical", "comparisons", "conditions", "in_force", "pack",
    "lines", "reasons_in_words", "registering", "relations", "reports", "rows", "seats", "seeds", "shipped", "switches",
    "toml_file", "vocabulary", "whole",
}  # fmt: skip


def test_each_file_of_a_resource_type_stands_in_the_index_under_its_own_name() -> None:
    files = {path.stem for path in Path(authz.policies.__file__).parent.glob("*.py")} - {"__init__"} - APART
    assert files == set(VOCABULARY.types)
    for name in files:
        assert importlib.import_module(f"authz.policies.{name}").TYPE is VOCABULARY.types[name]


def test_every_guard_is_a_condition_that_its_type_can_have() -> None:
    for type in VOCABULARY.types.values():
        for action in type.actions.values():
            for guard in action.guards:
                condition = condition_named(guard)
                assert condition is not None, guard
                assert condition.fits(type), (type.name, guard)


def test_every_condition_is_used_by_some_shipped_rule() -> None:
    used = {name for rule in SHIPPED for name in rule.conditions}
    assert set(VOCABULARY.conditions) - used == set()


def test_every_action_but_those_that_nobody_may_do_is_given_to_some_shipped_role() -> None:
    given = {(rule.resource, rule.action) for rule in SHIPPED}
    for type in VOCABULARY.types.values():
        if type.name != "analytics_report":
            assert {a.name for a in type.actions.values() if not a.never} == {a for t, a in given if t == type.name}


def test_nobody_may_purge_anything() -> None:
    assert all(type.actions["purge"].never for type in VOCABULARY.types.values())
    assert not any(rule.action == "purge" for rule in SHIPPED)


def test_the_names_that_say_whose_or_about_whom_are_attributes_of_the_type() -> None:
    for type in VOCABULARY.types.values():
        assert set(type.owned_by) <= set(type.attributes)
        assert type.concerns in ("", "id", *type.attributes)
        assert all(type.attributes[name].kind == "subject" for name in type.owned_by)


def test_what_a_practice_may_delegate_is_never_what_only_a_person_of_rank_may_do() -> None:
    for type in VOCABULARY.types.values():
        assert set(type.delegable) <= {action.name for action in type.actions.values() if not action.never}
    kept = {"psychotherapy_note", "sud_counseling_note", "erx", "erx_controlled", "grant", "role", "analytics_role",
            "ownership", "subscription", "practice_export", "emergency_access", "access_request", "key", "decision",
            "audit_log", "access_review", "practice"}  # fmt: skip
    assert not any(VOCABULARY.types[name].delegable for name in kept)
    assert not {"sign", "cosign", "create", "unlock"} & set(VOCABULARY.types["chart_note"].delegable)
    assert not {"set_access", "set_prescriber", "change_email"} & set(VOCABULARY.types["user"].delegable)


def test_each_condition_has_its_own_place_in_the_order_of_reasons() -> None:
    ranks = [rank(name) for name in VOCABULARY.conditions]
    assert sorted(ranks) == list(range(len(ranks)))


def test_the_vocabulary_as_json_names_every_type_action_attribute_condition_and_report() -> None:
    told = VOCABULARY.as_json()
    types = {t["name"]: t for t in told["resource_types"]}  # type: ignore[attr-defined]
    assert set(types) == set(VOCABULARY.types)
    for name, type in VOCABULARY.types.items():
        assert [a["name"] for a in types[name]["actions"]] == list(type.actions)
        assert [a["name"] for a in types[name]["attributes"]] == list(type.attributes)
    assert len(told["conditions"]) == len(VOCABULARY.conditions)  # type: ignore[arg-type]
    assert len(told["reports"]) == 20  # type: ignore[arg-type]


def test_there_is_one_switch_for_each_field_of_the_sheet() -> None:
    assert [switch.field for switch in SWITCHES] == list(AccessSheet.__slots__)


def test_every_role_that_a_switch_stands_for_is_shipped() -> None:
    shipped_roles = {rule.role for rule in SHIPPED}
    fullest = default_sheet(
        **{s.field: True for s in SWITCHES if s.role}, chart_notes="own", erx_level="prepare", analytics="all"
    )
    assert roles_of(fullest) | roles_of(default_sheet(chart_notes="all")) <= shipped_roles


@pytest.mark.parametrize("field", [switch.field for switch in SWITCHES if switch.role])
def test_a_yes_or_no_switch_reads_back_from_its_grant(field: str) -> None:
    sheet = default_sheet(**{field: True})
    assert getattr(sheet_of(roles_of(sheet), LEE), field) is True
    assert getattr(sheet_of(roles_of(default_sheet()), LEE), field) is False


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("chart_notes", ["none", "own", "all"]),
        ("erx_level", [None, "read-only", "demographics", "history", "prepare", "prepare-admin", "full"]),
        ("analytics", ["none", "all", "accountant"]),
    ],
)
def test_a_choice_reads_back_from_its_grants(field: str, values: list[str | None]) -> None:
    for value in values:
        assert getattr(sheet_of(roles_of(default_sheet(**{field: value})), LEE, ["accountant"]), field) == value


def test_defaults_follow_admin_and_practitioner_unless_something_else_is_said() -> None:
    assert default_sheet().chart_notes == "none"
    assert default_sheet(practitioner=True).chart_notes == "all"
    assert default_sheet(practitioner=True, chart_notes="own").chart_notes == "own"
    assert default_sheet().analytics == "none"
    assert default_sheet(admin=True).analytics == "all"
    assert default_sheet(admin=True, analytics="none").analytics == "none"


def test_each_erx_level_grants_exactly_the_actions_of_its_row() -> None:
    table = {
        "read-only": {"read"},
        "demographics": {"read", "edit_demographics"},
        "history": {"read", "edit_history"},
        "prepare": {"read", "edit_demographics", "edit_history", "prepare"},
        "prepare-admin": {"read", "edit_demographics", "edit_history", "prepare", "administer"},
        "full": {"read", "edit_demographics", "edit_history", "prepare", "sign", "send", "administer"},
    }
    for level, actions in table.items():
        rules = [rule for rule in SHIPPED if rule.role == f"erx-level.{level}" and rule.resource == "erx"]
        assert {rule.action for rule in rules} == actions
        assert all("enabled" in rule.conditions for rule in rules)
    administers = {r.role: r.conditions for r in SHIPPED if r.action == "administer" and r.role.startswith("erx-level")}
    assert administers["erx-level.prepare-admin"] == ("enabled", "reports_area")
