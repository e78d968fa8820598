"""Access evaluation: the rows I, E, T, R and X of the checklist for AuthZEN 1.0."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import NORTHSIDE, World
from tests.api.serving import Answer, Server
from tests.authzen.conftest import EDIT, LEE, NO, NOTE, RAY, YES, Ask

EVALUATION = "/practices/northside/access/v1/evaluation"
WITHOUT = [("subject",), ("action",), ("resource",), ("subject", "type"), ("subject", "id"), ("action", "name"),
           ("resource", "type"), ("resource", "id")]  # fmt: skip
WRONG = [
    {"subject": "ray"},
    {"subject": ["user", "ray"]},
    {"subject": None},
    {"subject": {"type": "user", "id": 7}},
    {"subject": {"type": None, "id": "ray"}},
    {"subject": {**RAY, "properties": []}},
    {"action": "edit"},
    {"action": {"name": 7}},
    {"action": {"name": True}},
    {"action": {**EDIT, "properties": "soft"}},
    {"resource": []},
    {"resource": {"type": "chart_note", "id": {}}},
    {"resource": {**NOTE, "properties": "draft"}},
    {"context": "now"},
    {"context": [1]},
]


def error_of(answer: Answer, status: int) -> str:
    """The message of a failure, which is JSON, has its status inside and holds no decision."""
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/json")
    assert answer.json.keys() == {"error"}
    assert answer.json["error"]["status"] == status
    assert "decision" not in answer.body.decode()
    return str(answer.json["error"]["message"])


def without(body: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {name: value for name, value in body.items() if name != first}
    return {**body, first: without(body[first], tuple(rest))}


@pytest.mark.parametrize(("body", "decision"), [(YES, True), (NO, False)])
def test_E2_E3_I5_an_answer_is_a_decision_with_status_200_a_denial_too(
    ask: Ask, body: dict[str, Any], decision: bool
) -> None:
    answer = ask("evaluation", body)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json == {"decision": decision}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", WITHOUT, ids=".".join)
def test_E1_E4_T8_what_is_missing_is_named(ask: Ask, path: tuple[str, ...]) -> None:
    assert f"`{'.'.join(path)}` is missing" in error_of(ask("evaluation", without(YES, path)), 400)


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_E5_I1_I2_I3_a_wrong_type_is_an_error(ask: Ask, wrong: dict[str, Any]) -> None:
    assert "must be" in error_of(ask("evaluation", {**YES, **wrong}), 400)


@pytest.mark.parametrize("body", [YES, NO, {**YES, "context": {"explain": True}}])
def test_E6_the_same_question_has_the_same_answer_to_the_byte(ask: Ask, body: dict[str, Any]) -> None:
    assert len({ask("evaluation", body).body for _ in range(6)}) == 1


def test_E7_T9_what_no_rule_mentions_changes_nothing(ask: Ask) -> None:
    odd = {"a": [1, {"b": None}], "role": "admin", "practice": "southside", "n": 1e30}
    more = {
        "subject": {**RAY, "properties": odd, "tenant": "southside"},
        "action": {**EDIT, "properties": odd},
        "resource": {**NOTE, "properties": {**NOTE["properties"], **odd}},  # type: ignore[dict-item]
        "context": odd,
        "practice": "southside",
        "evaluation": 7,
    }
    assert ask("evaluation", more).json == {"decision": True}
    assert ask("evaluation", {**more, "subject": LEE}).json == {"decision": False}


def test_I4_a_context_and_properties_may_be_left_out_or_null(ask: Ask) -> None:
    assert ask("evaluation", {**YES, "context": None}).json == {"decision": True}
    assert ask("evaluation", {**YES, "subject": {**RAY, "properties": None}}).json == {"decision": True}
    assert ask("evaluation", {**YES, "resource": {"type": "chart_note", "id": "n1"}}).json == {"decision": False}


def test_I5_reasons_come_when_they_are_asked_for_and_apart_for_person_and_administrator(ask: Ask) -> None:
    found = ask("evaluation", {**NO, "context": {"explain": True}}).json
    assert found["decision"] is False
    assert found["context"]["reason_admin"]["code"] == "only_author"
    assert set(found["context"]["reason_user"]) == {"en"}
    assert "author" not in found["context"]["reason_user"]["en"]
    for other in (False, "true", 1, None):
        assert ask("evaluation", {**NO, "context": {"explain": other}}).json == {"decision": False}


def test_a_word_that_the_policy_does_not_have_is_named_where_reasons_are_told(ask: Ask) -> None:
    for change, word in (
        ({"action": {"name": "raed"}}, "`chart_note` has no action `raed`"),
        ({"resource": {"type": "chart_nots", "id": "n1"}}, "there is no type of resource `chart_nots`"),
        ({"subject": {"type": "person", "id": "ray"}}, "there is no type of subject `person`"),
    ):
        found = ask("evaluation", {**YES, **change, "context": {"explain": True}}).json
        assert (found["decision"], found["context"]["reason_admin"]["en"]) == (False, word)
        assert ask("evaluation", {**YES, **change}).json == {"decision": False}
        many = ask("evaluations", {**YES, "evaluations": [change], "context": {"explain": True}}).json["evaluations"]
        assert many == [found]


def test_I6_a_yes_that_demands_something_is_a_no_for_whoever_would_not_be_told(ask: Ask) -> None:
    export = {**YES, "action": {"name": "export"}}
    assert ask("evaluation", export).json == {"decision": False}
    told = ask("evaluation", {**export, "context": {"explain": True}}).json
    assert told["decision"] is True
    assert told["context"]["obligations"] == [{"type": "record_disclosure"}]


@pytest.mark.parametrize(
    "change",
    [
        {"subject": {"type": "spaceship", "id": "x"}},
        {"subject": {"type": "user", "id": "nobody"}},
        {"subject": {"type": "user", "id": "far"}},
        {"subject": {"type": "user", "id": ""}},
        {"subject": {"type": "role", "id": "practice-admin"}},
        {"subject": {"type": "user:ray", "id": "x"}},
        {"subject": {"type": "", "id": ""}},
        {"action": {"name": "fly"}},
        {"action": {"name": ""}},
        {"action": {"name": "*"}},
        {"resource": {**NOTE, "type": "spaceship"}},
        {"resource": {**NOTE, "type": "*"}},
        {"resource": {**NOTE, "id": "n" * 5000}},
        {"resource": {**NOTE, "id": "a\nb"}},
    ],
    ids=str,
)
def test_what_means_nothing_here_is_denied_and_no_error(ask: Ask, change: dict[str, Any]) -> None:
    assert ask("evaluation", {**YES, **change}).json == {"decision": False}


@pytest.mark.parametrize("bad", [7.5, [], {"a": 1}, "", "x\ny", "lee"], ids=str)
def test_a_fact_that_rules_look_at_and_that_cannot_be_read_is_not_taken_for_none(ask: Ask, bad: object) -> None:
    task = {"type": "task", "id": "t1", "properties": {"assignee": "user:ray"}}
    asked = {**YES, "action": {"name": "complete"}, "resource": task}
    assert ask("evaluation", asked).json == {"decision": True}
    both = {**task, "properties": {"assignee": "user:ray", "owner": "user:ray", "cosign": bad}}
    found = ask("evaluation", {**asked, "resource": both}).json
    assert found["decision"] is False
    assert "cosign" in found["context"]["error"]["message"]


def test_a_session_whose_beginning_cannot_be_read_is_none(ask: Ask) -> None:
    for began in ("yesterday", 7, "2026-11-23T08:00:00"):
        assert ask("evaluation", {**YES, "context": {"authenticated_at": began}}).json["decision"] is False
    assert ask("evaluation", {**YES, "context": {"authenticated_at": "2099-11-23T08:00:00Z"}}).json["decision"] is True


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/ld+json", ""])
def test_T2_T3_another_content_type_is_an_error(ask: Ask, kind: str) -> None:
    error_of(ask("evaluation", YES, headers={"Content-Type": kind}), 400)


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", 'application/json;charset="UTF-8"']
)
def test_T2_a_content_type_may_have_parameters_and_any_case(ask: Ask, kind: str) -> None:
    assert ask("evaluation", YES, headers={"Content-Type": kind}).json == {"decision": True}


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"nope", b"[]", b'"x"', b"7", b"null", b"true", b"{", b'{"subject":', b"\xff\xfe{}", b'{"a":NaN}',
     b'{"a":Infinity}', b'{"a":"\\ud800"}', b'{"a":1,"a":2}', b'{"a":1,"\\u0061":2}', b"{} {}",
     b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}", b'{"a":' + b"9" * 5_000 + b"}"],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
def test_T6_T7_T12_a_body_that_is_no_json_object_is_an_error(ask: Ask, body: bytes) -> None:
    error_of(ask("evaluation", body), 400)


def test_T1_other_methods_are_refused_with_what_is_allowed(server: Server, world: World) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = server.call(method, EVALUATION, token=world.tokens["service:charting"])
        error_of(answer, 405)
        assert answer.headers["Allow"] == "POST"


def test_T11_X7_a_body_that_is_too_large_is_refused(ask: Ask) -> None:
    error_of(ask("evaluation", {**YES, "context": {"x": "y" * 1_048_576}}), 413)


def test_X3_X4_without_a_good_key_nobody_is_answered_and_practices_cannot_be_probed(server: Server) -> None:
    for practice in ("northside", "nowhere"):
        for token in (None, "azk_wrong"):
            answer = server.call("POST", f"/practices/{practice}/access/v1/evaluation", YES, token=token)
            error_of(answer, 401)
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="authz"'


def test_X5_a_key_of_one_practice_gets_nothing_of_another_and_the_body_decides_none(ask: Ask) -> None:
    bound = "service:charting in southside"
    elsewhere = error_of(ask("evaluation", YES, caller=bound), 404)
    assert elsewhere.replace("northside", "nowhere") == error_of(ask("evaluation", YES, "nowhere", caller=bound), 404)
    assert ask("evaluation", {**YES, "practice": "northside"}, "southside", caller=bound).json == {"decision": False}
    for body in ({"subject": {"type": "spaceship", "id": "x"}}, {"action": {"name": "fly"}}):
        error_of(ask("evaluation", {**YES, **body}, caller=bound), 404)
        error_of(ask("evaluations", {**YES, "evaluations": [body]}, caller=bound), 404)
    error_of(ask("evaluations", {"evaluations": [{}]}, caller=bound), 404)


def test_a_person_asks_about_themselves_alone(ask: Ask) -> None:
    assert ask("evaluation", YES, caller="user:ray").json == {"decision": True}
    error_of(ask("evaluation", YES, caller="user:joe"), 403)
    error_of(ask("evaluation", {**YES, "subject": {"type": "spaceship", "id": "x"}}, caller="user:joe"), 403)


@pytest.mark.parametrize(
    "change",
    [
        {"action": {"name": "fly"}},
        {"resource": {"type": "spaceship", "id": "s1"}},
        {"context": {"authenticated_at": "yesterday"}},
    ],
)
def test_a_person_is_answered_about_themselves_also_what_means_nothing(ask: Ask, change: dict[str, Any]) -> None:
    body = {**YES, **change}
    for endpoint in ("evaluation", "evaluations"):
        assert ask(endpoint, body, caller="user:ray").json["decision"] is False
        assert "what `user:ray` may do" in error_of(ask(endpoint, body, caller="user:joe"), 403)
    many = ask("evaluations", {"evaluations": [body]}, caller="user:ray")
    assert [one["decision"] for one in many.json["evaluations"]] == [False]


@pytest.mark.parametrize("id", ["bfe9eb29-ab87-4ca3", "a", "ä-{}~ \t.", "x" * 4000])
def test_R1_R2_the_request_id_comes_back_on_every_answer(server: Server, world: World, id: str) -> None:
    token = world.tokens["service:charting"]
    sent = id.encode().decode("latin-1")
    for method, path, body, used in (
        ("POST", EVALUATION, YES, token),
        ("POST", EVALUATION, b"nope", token),
        ("POST", EVALUATION, YES, None),
        ("POST", EVALUATION.replace("north", "nord"), YES, token),
        ("GET", EVALUATION, None, token),
        ("POST", EVALUATION, b" " * 1_048_577, token),
    ):
        answer = server.call(method, path, body, token=used, headers={"X-Request-ID": sent})
        assert answer.headers["X-Request-ID"] == sent


def test_R3_without_a_request_id_one_is_made_up(ask: Ask) -> None:
    assert len({ask("evaluation", YES).headers["X-Request-ID"] for _ in range(3)}) == 3


def test_a_yes_in_an_emergency_stands_in_the_record_and_one_that_was_not_given_does_not(
    ask: Ask, server: Server, world: World
) -> None:
    store = world.services.store
    begun = {"patient": "p77", "minutes": 5, "reason": "unconscious at the front desk"}
    path = "/v1/practices/northside/emergency-access"
    assert server.call("POST", path, begun, token=world.tokens["user:sue"]).status == 201
    chart = {"type": "chart_note", "id": "n9", "properties": {"author": "user:lee", "patient": "p77"}}
    asked = {"subject": {"type": "user", "id": "sue"}, "action": {"name": "read"}, "resource": chart}
    before = store.last_event(NORTHSIDE)
    assert ask("evaluation", asked).json == {"decision": False}
    assert store.last_event(NORTHSIDE) == before
    told = ask("evaluation", {**asked, "context": {"explain": True}}).json
    assert (told["decision"], told["context"]["obligations"][0]["type"]) == (True, "review_emergency")
    [event] = store.events(NORTHSIDE, after=before)
    assert (event.event.action, event.event.after["resource_id"]) == ("emergency_decision", "n9")
    first = {"evaluations": [asked, asked], "context": {"explain": True}}
    many = {**first, "options": {"evaluations_semantic": "permit_on_first_permit"}}
    assert len(ask("evaluations", many).json["evaluations"]) == 1
    assert store.last_event(NORTHSIDE) == before + 2
