"""The strict reader of policy files: every bad line is told, with its number, and none is half believed."""

from __future__ import annotations

from pathlib import Path

import casbin
import pytest
from casbin.persist.adapters import FileAdapter
from hypothesis import given
from hypothesis import strategies as st

from authz.core.errors import BadPolicy
from authz.core.names import INSTALLATION
from authz.policies.rows import BadFields, grant_fields_of, read_policy, rule_of
from authz.policies.shipped import shipped

GOOD = ["practitioner", "*", "chart_note", "edit", "own+draft", "allow"]


def with_field(index: int, value: str) -> list[str]:
    return [*GOOD[:index], value, *GOOD[index + 1 :]]


def test_a_good_row_becomes_the_rule_it_states() -> None:
    rule = rule_of(GOOD, "here:1")
    assert (rule.role, rule.practice, rule.resource, rule.action) == (
        "practitioner",
        INSTALLATION,
        "chart_note",
        "edit",
    )
    assert (rule.conditions, rule.effect, rule.origin) == (("own", "draft"), "allow", "here:1")
    assert rule.row() == GOOD


def test_the_order_in_which_a_row_names_its_conditions_makes_no_second_rule() -> None:
    assert rule_of(with_field(4, "draft+own")).row() == GOOD


@pytest.mark.parametrize(
    ("fields", "broken", "says"),
    [
        (GOOD[:-1], "arity", "6 fields"),
        ([*GOOD, "allow"], "arity", "this one 7"),
        (with_field(0, "admin, p2"), "name", "a role's name"),
        (with_field(0, ""), "name", "a role's name"),
        (with_field(0, "user:lee"), "name", "a role's name"),
        (with_field(1, "practice*"), "name", "a practice id"),
        (with_field(1, ""), "name", "a practice id"),
        (with_field(2, "chart_notes"), "resource", "did you mean `chart_note`?"),
        (with_field(2, "*"), "resource", "unknown resource type"),
        (with_field(3, "edt"), "action", "did you mean `edit`?"),
        (with_field(3, "*"), "action", "no action"),
        (with_field(4, ""), "condition", "unknown condition ``"),
        (with_field(4, "own+drafts"), "condition", "did you mean `draft`?"),
        (with_field(4, "own+own+draft"), "condition", "stands twice"),
        (with_field(4, "draft+claim_open"), "condition", "no meaning for `chart_note`"),
        (with_field(4, "always+own"), "condition", "unknown condition `always`"),
        (with_field(4, "own"), "guard", "always needs `draft`"),
        (with_field(4, "always"), "guard", "always needs `draft`"),
        (with_field(3, "purge"), "never", "no role may"),
        (with_field(5, "allowed"), "effect", "`allow` or `deny`"),
        (with_field(5, ""), "effect", "`allow` or `deny`"),
    ],
)
def test_a_row_that_is_not_exactly_right_is_refused_with_the_check_it_fails(
    fields: list[str], broken: str, says: str
) -> None:
    with pytest.raises(BadFields, match=r".*") as caught:
        rule_of(fields)
    assert caught.value.rule == broken
    assert says in str(caught.value)


def test_a_denial_needs_no_guard_since_it_only_takes_away() -> None:
    assert rule_of(["member", "*", "chart_note", "edit", "always", "deny"]).effect == "deny"


def test_a_denial_of_a_part_of_a_list_is_refused_since_it_could_not_be_kept() -> None:
    with pytest.raises(BadFields, match="is denied whole"):
        rule_of(["member", "*", "chart_note", "list", "own", "deny"])
    assert rule_of(["member", "*", "chart_note", "list", "practitioner", "deny"]).effect == "deny"


@pytest.mark.parametrize(
    "fields",
    [
        ["lee", "practitioner", "northside"],
        ["user:lee", "a b", "northside"],
        ["user:lee", "member"],
        ["user:lee", "x", ""],
    ],
)
def test_a_row_that_is_no_grant_is_refused(fields: list[str]) -> None:
    with pytest.raises(BadFields):
        grant_fields_of(fields)


def test_all_bad_lines_of_a_file_are_told_at_once_in_order_with_their_numbers(tmp_path: Path) -> None:
    file = tmp_path / "roles.csv"
    file.write_bytes(
        b"# a comment, which may hold anything: p, x\n"
        b"p, practitioner, *, chart_note, edit, own+draft, allow\n"
        b"\n"
        b"P, practitioner, *, chart_note, edit, own+draft, allow\n"
        b"p, practitioner, *, chart_note\n"
        b"p, \xff\xfe, *, chart_note, read, always, allow\n"
        b"p, practitioner, *, chart_note, edit, draft+own, allow\n"
        b"g, user:lee, practitioner, northside\n"
        b'p, "practitioner", *, chart_note, read, always, allow\n'
        b"p, practitioner\t, *, chart_note, read, always, allow\r\n"
    )
    with pytest.raises(BadPolicy) as caught:
        read_policy(file)
    assert [(error.line, error.rule) for error in caught.value.errors] == [
        (4, "kind"),
        (5, "arity"),
        (6, "encoding"),
        (7, "duplicate"),
        (8, "kind"),
        (9, "name"),
        (10, "name"),
    ]
    assert "roles.csv:7: the same rule stands at roles.csv:2 [duplicate]" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\x00" * 20, b"\xff\xfep\x00,\x00", b"p," * 1000, b"x" * 10_000_001])
def test_what_is_no_policy_file_at_all_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "roles.csv"
    file.write_bytes(content)
    with pytest.raises(BadPolicy):
        read_policy(file)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail_otherwise_than_by_saying_so(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.mktemp("fuzz") / "roles.csv"
    file.write_bytes(content)
    try:
        rules = read_policy(file)
    except BadPolicy as error:
        assert error.errors
    else:
        assert all(rule_of(rule.row()).row() == rule.row() for rule in rules)


@given(st.lists(st.text(max_size=12) | st.sampled_from(GOOD), min_size=6, max_size=6))
def test_whatever_row_is_accepted_reads_back_as_itself_and_holds_nothing_that_splits(fields: list[str]) -> None:
    try:
        rule = rule_of(fields)
    except BadFields:
        return
    assert rule_of(rule.row()) == rule
    assert not any(set(field) & set(', \t\n"[]()') for field in rule.row())


def test_casbins_own_file_reader_finds_the_same_shipped_rows_as_ours() -> None:
    model = casbin.Enforcer.new_model(str(shipped("model.conf")))
    FileAdapter(str(shipped("policy_seed.csv"))).load_policy(model)
    theirs = [[*row[:4], "+".join(sorted(row[4].split("+"))), row[5]] for row in model["p"]["p"].policy]
    ours = [rule.row() for rule in read_policy(shipped("policy_seed.csv"))]
    assert theirs == [[*row[:4], "+".join(sorted(row[4].split("+"))), row[5]] for row in ours]


def test_every_group_of_shipped_rules_has_an_english_line_above_it() -> None:
    lines = shipped("policy_seed.csv").read_text().splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith("p,") and not lines[i - 1].startswith("p,")]
    assert len(starts) > 30
    assert [lines[i] for i in starts if not lines[i - 1].startswith("# ")] == []
