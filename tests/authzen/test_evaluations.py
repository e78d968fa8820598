"""Access evaluations: the rows B of the checklist for AuthZEN 1.0."""

from __future__ import annotations

from typing import Any

import pytest

from tests.authzen.conftest import EDIT, LEE, LOCK, NO, NOTE, RAY, READ, YES, Ask
from tests.authzen.test_evaluation import WITHOUT, WRONG, error_of, without

ALL, DENY_FIRST, PERMIT_FIRST = "execute_all", "deny_on_first_deny", "permit_on_first_permit"


def items(*asked: object, **above: object) -> dict[str, Any]:
    return {**above, "evaluations": [*asked]}


def decided(ask: Ask, body: object) -> list[bool]:
    """The decisions of many questions; the answer holds nothing else on top."""
    answer = ask("evaluations", body)
    assert answer.status == 200
    assert answer.json.keys() == {"evaluations"}
    return [one["decision"] for one in answer.json["evaluations"]]


@pytest.mark.parametrize("listed", [{}, {"evaluations": []}, {"evaluations": None}], ids=str)
def test_B2_without_questions_in_the_list_the_body_is_the_question(ask: Ask, listed: dict[str, Any]) -> None:
    assert ask("evaluations", {**YES, **listed}).json == {"decision": True}
    assert ask("evaluations", {**NO, **listed}).json == {"decision": False}
    for path in WITHOUT:
        assert "is missing" in error_of(ask("evaluations", {**without(YES, path), **listed}), 400)
    for wrong in WRONG:
        error_of(ask("evaluations", {**YES, **wrong, **listed}), 400)


@pytest.mark.parametrize("listed", [{}, "", 0, False, "x", {"0": YES}], ids=repr)
def test_B2_what_is_no_list_is_an_error(ask: Ask, listed: object) -> None:
    error_of(ask("evaluations", {**YES, "evaluations": listed}), 400)


def test_B3_what_an_item_leaves_out_it_inherits_and_what_it_says_replaces_the_whole(ask: Ask) -> None:
    signed = {"type": "chart_note", "id": "n1", "properties": {"author": "user:ray", "state": "signed"}}
    assert decided(ask, items({}, {"subject": LEE}, {"action": LOCK}, {"resource": signed}, **YES)) == [
        True,
        False,
        False,
        False,
    ]
    bare = {"type": "chart_note", "id": "n1"}
    incomplete: list[dict[str, Any]] = [{"resource": bare}, {"subject": {"id": "ray"}}, {"resource": {"id": "n1"}}]
    assert decided(ask, items(*incomplete, {}, **YES)) == [False, False, False, True]


def test_B3_a_context_is_inherited_and_replaced_too(ask: Ask) -> None:
    delete = {**YES, "action": {"name": "delete"}}
    found = decided(
        ask,
        items(
            {},
            {"context": {}},
            {"context": None},
            {"context": {"reason": "x"}},
            **delete,
            context={"reason": "duplicate"},
        ),
    )
    assert found == [True, False, False, True]


def test_B4_B5_a_default_that_nobody_uses_need_not_be_valid(ask: Ask) -> None:
    assert decided(ask, items(YES, NO, subject=7, action="x", resource={}, context=[])) == [False, False]
    whole = {"context": {}}
    assert decided(ask, items({**YES, **whole}, {**NO, **whole}, subject=7, action="x", resource={}, context=[])) == [
        True,
        False,
    ]
    assert decided(ask, items({"resource": NOTE}, subject=RAY, action=EDIT, resource={})) == [True]


def test_B6_unknown_options_are_ignored(ask: Ask) -> None:
    assert decided(ask, items({}, **YES, options={"x": 1, "another": {"a": []}})) == [True]
    assert decided(ask, items({}, **YES, options=None)) == [True]


@pytest.mark.parametrize("options", ["x", [], 7, True], ids=repr)
def test_B6_options_are_an_object(ask: Ask, options: object) -> None:
    error_of(ask("evaluations", items({}, **YES, options=options)), 400)


@pytest.mark.parametrize("semantic", ["", "x", "EXECUTE_ALL", None, 1, [], {}], ids=repr)
def test_B7_B8_another_semantic_is_an_error(ask: Ask, semantic: object) -> None:
    error_of(ask("evaluations", items({}, **YES, options={"evaluations_semantic": semantic})), 400)
    error_of(ask("evaluations", {**YES, "options": {"evaluations_semantic": semantic}}), 400)


@pytest.mark.parametrize(
    ("semantic", "expected"),
    [
        (ALL, [True, False, True, False, True]),
        (DENY_FIRST, [True, False]),
        (PERMIT_FIRST, [True]),
    ],
)
def test_B9_B10_B11_the_semantic_says_which_answer_is_the_last(ask: Ask, semantic: str, expected: list[bool]) -> None:
    asked = [YES, NO, {**YES, "action": READ}, {}, YES]
    assert decided(ask, items(*asked, options={"evaluations_semantic": semantic})) == expected


def test_B10_B11_a_question_that_failed_is_a_denial(ask: Ask) -> None:
    first = items({}, YES, options={"evaluations_semantic": DENY_FIRST})
    assert decided(ask, first) == [False]
    assert decided(ask, items({}, NO, YES, NO, options={"evaluations_semantic": PERMIT_FIRST})) == [False, False, True]
    assert decided(ask, items({}, NO, options={"evaluations_semantic": PERMIT_FIRST})) == [False, False]


def test_B12_answers_stand_in_the_order_of_questions(ask: Ask) -> None:
    asked = [YES if (n * n) % 3 else NO for n in range(150)]
    assert decided(ask, items(*asked)) == [one is YES for one in asked]


def test_B13_an_answer_to_many_has_no_decision_of_its_own_and_an_ordinary_one_no_context(ask: Ask) -> None:
    answer = ask("evaluations", items(YES, NO))
    assert answer.body == b'{"evaluations":[{"decision":true},{"decision":false}]}'


def test_B14_too_many_questions_are_an_error_of_the_whole(ask: Ask) -> None:
    assert decided(ask, items(*[{}] * 1000, **YES)) == [True] * 1000
    error_of(ask("evaluations", items(*[{}] * 1001, **YES)), 400)


@pytest.mark.parametrize(
    "bad", [{}, None, 7, "x", [], {"subject": None}, {"resource": {"type": "chart_note"}}], ids=repr
)
def test_B15_a_question_that_cannot_be_read_is_a_no_even_alone(ask: Ask, bad: object) -> None:
    found = ask("evaluations", items(bad)).json["evaluations"]
    assert [one["decision"] for one in found] == [False]
    assert found[0]["context"]["error"]["status"] == 400
    for path in WITHOUT:
        assert decided(ask, items(without(YES, path), YES)) == [False, True]
    for wrong in WRONG:
        assert decided(ask, items({**YES, **wrong}, YES)) == [False, True]


def test_B16_the_same_questions_have_the_same_answer_to_the_byte(ask: Ask) -> None:
    explained = {"context": {"explain": True}}
    for body in (items(YES, NO, {}), items({**YES, **explained}, {**NO, **explained}), items(*[{}] * 300, **YES)):
        assert len({ask("evaluations", body).body for _ in range(4)}) == 1


def test_B1_items_do_not_share_what_they_say(ask: Ask) -> None:
    said = {"subject": RAY, "action": EDIT, "resource": NOTE, "context": {"reason": "duplicate"}}
    delete = {"subject": RAY, "action": {"name": "delete"}, "resource": NOTE}
    assert decided(ask, items(said, delete, {**delete, "context": {"reason": "duplicate"}})) == [True, False, True]


def test_B15_without_a_right_to_ask_about_one_of_them_nothing_is_told(ask: Ask) -> None:
    assert decided(ask, items(YES, {**YES, "action": READ}, {}) | {}) == [True, True, False]
    error_of(ask("evaluations", items(YES, NO), caller="user:ray"), 403)
