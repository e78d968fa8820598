"""The checklist of AuthZEN 1.0, row by row, each test named after its row and run in all three practices."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.api.serving import Answer
from tests.interop.conftest import PRACTICES, PUBLIC_URL, Body, Interop, entity, question
from tests.interop.test_todo import PIDS


@dataclass(frozen=True)
class Scenario:
    """One practice: a question answered yes, one answered no, and searches that find something."""

    practice: str
    yes: Body
    no: Body

    def search(self, kind: str, **more: object) -> Body:
        """The question as a search for one of its parts."""
        body = {name: value for name, value in self.yes.items() if name != (kind if kind == "action" else "")}
        if kind != "action":
            body[kind] = {"type": body[kind]["type"]}
        return {**body, **more}


SCENARIOS: Final = (
    Scenario(
        "cert",
        question(entity("user", "alice"), "read", entity("record", "record-1")),
        question(entity("user", "bob"), "write", entity("record", "record-1")),
    ),
    Scenario(
        "interop-todo",
        question(entity("user", PIDS["jerry"]), "can_read_user", entity("user", PIDS["rick"])),
        question(entity("user", PIDS["jerry"]), "can_create_todo", entity("todo", "todo-1")),
    ),
    Scenario(
        "records",
        question(entity("user", "alice"), "view", entity("record", "101")),
        question(entity("user", "carol"), "delete", entity("record", "101")),
    ),
)
ENDPOINTS: Final = ("evaluation", "evaluations", "search/subject", "search/resource", "search/action")
# What a body may look like does not depend on the database; what is found and decided is asked of both elsewhere.
pytestmark = pytest.mark.parametrize("interop", ["sqlite"], indirect=True)
each: Final = pytest.mark.parametrize("at", SCENARIOS, ids=[scenario.practice for scenario in SCENARIOS])
Spoil = Callable[[Body], object]


def without(body: Body, path: str) -> Body:
    """The body without what stands at a path such as `subject.id`."""
    changed = json.loads(json.dumps(body))
    *above, last = path.split(".")
    place = changed
    for name in above:
        place = place[name]
    del place[last]
    return changed  # type: ignore[no-any-return]


def refused(answer: Answer, status: int = 400) -> str:
    """The message of a refusal, which carries no answer."""
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/json"
    assert b'"decision"' not in answer.body
    assert b'"results"' not in answer.body
    told = answer.json["error"]
    assert told["status"] == status
    return str(told["message"])


def body_for(at: Scenario, endpoint: str) -> Body:
    """A good body of an endpoint."""
    return at.yes if endpoint.startswith("eval") else at.search(endpoint.removeprefix("search/"))


NEEDED: Final = {
    "evaluation": (
        "subject", "subject.type", "subject.id", "action", "action.name", "resource", "resource.type", "resource.id",
    ),
    "search/subject": ("subject", "subject.type", "action", "action.name", "resource", "resource.type", "resource.id"),
    "search/resource": ("subject", "subject.type", "subject.id", "action", "action.name", "resource", "resource.type"),
    "search/action": ("subject", "subject.type", "subject.id", "resource", "resource.type", "resource.id"),
}  # fmt: skip
SPOILT: Final[dict[str, Spoil]] = {
    "subject as a string": lambda b: {**b, "subject": "alice"},
    "subject as a list": lambda b: {**b, "subject": []},
    "subject null": lambda b: {**b, "subject": None},
    "resource as a number": lambda b: {**b, "resource": 7},
    "resource as a list": lambda b: {**b, "resource": [{}]},
    "type as a number": lambda b: {**b, "resource": {**b["resource"], "type": 1}},
    "type null": lambda b: {**b, "subject": {**b["subject"], "type": None}},
    "properties as a list": lambda b: {**b, "subject": {**b["subject"], "properties": []}},
    "context as a string": lambda b: {**b, "context": "x"},
    "context as a list": lambda b: {**b, "context": []},
}


@each
def test_E2_E3_E6_a_decision_is_200_and_three_times_the_same(interop: Interop, at: Scenario) -> None:
    for body, told in ((at.yes, b'{"decision":true}'), (at.no, b'{"decision":false}')):
        answers = [interop.ask(at.practice, "evaluation", body) for _ in range(3)]
        assert {(a.status, a.headers["Content-Type"], a.body) for a in answers} == {(200, "application/json", told)}


@each
@pytest.mark.parametrize("endpoint", NEEDED)
def test_E4_T8_S11_what_is_required_is_required(interop: Interop, at: Scenario, endpoint: str) -> None:
    for path in NEEDED[endpoint]:
        assert "is missing" in refused(interop.ask(at.practice, endpoint, without(body_for(at, endpoint), path)))


@each
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("how", SPOILT)
def test_E5_S11_another_type_is_refused(interop: Interop, at: Scenario, endpoint: str, how: str) -> None:
    refused(interop.ask(at.practice, endpoint, SPOILT[how](body_for(at, endpoint))))


@each
@pytest.mark.parametrize("value", [123, True, None, [], {}], ids=repr)
def test_E5_an_action_is_named_by_a_string(interop: Interop, at: Scenario, value: object) -> None:
    refused(interop.ask(at.practice, "evaluation", {**at.yes, "action": {"name": value}}))


@each
def test_E7_T9_what_no_rule_mentions_changes_nothing(interop: Interop, at: Scenario) -> None:
    for body, expected in ((at.yes, True), (at.no, False)):
        more = {
            name: {**body[name], "properties": {"x": [1], "practice": "cert"}}
            for name in ("subject", "resource", "action")
        }
        assert (
            interop.decides(at.practice, {**body, **more, "context": {"time": "2026-11-23"}, "unknown": 1}) is expected
        )
        assert interop.decides(at.practice, {**body, "context": None}) is expected
        assert interop.decides(at.practice, {**body, "subject": {**body["subject"], "properties": None}}) is expected


@each
@pytest.mark.parametrize("listed", [{}, {"evaluations": []}], ids=["absent", "empty"])
def test_B2_without_items_the_body_is_the_question(interop: Interop, at: Scenario, listed: Body) -> None:
    assert interop.ask(at.practice, "evaluations", {**at.yes, **listed}).body == b'{"decision":true}'
    refused(interop.ask(at.practice, "evaluations", {**without(at.yes, "subject"), **listed}))


@each
@pytest.mark.parametrize("listed", [{}, "", 0, False, "x"], ids=repr)
def test_B2_items_are_an_array(interop: Interop, at: Scenario, listed: object) -> None:
    refused(interop.ask(at.practice, "evaluations", {**at.yes, "evaluations": listed}))


@each
def test_B3_an_item_replaces_whole_keys_and_inherits_the_others(interop: Interop, at: Scenario) -> None:
    items = [{}, at.no, {"subject": {"id": at.yes["subject"]["id"]}}, {"context": {"x": 1}}]
    answer = interop.ask(at.practice, "evaluations", {**at.yes, "evaluations": items})
    assert [one["decision"] for one in answer.json["evaluations"]] == [True, False, False, True]


@each
def test_B4_B5_a_default_that_nobody_uses_need_not_be_good(interop: Interop, at: Scenario) -> None:
    above = {"subject": at.yes["subject"], "action": at.yes["action"], "resource": {}}
    items = [{"resource": at.yes["resource"]}, {"resource": at.yes["resource"]}]
    answer = interop.ask(at.practice, "evaluations", {**above, "evaluations": items})
    assert answer.body == b'{"evaluations":[{"decision":true},{"decision":true}]}'


@each
def test_B6_B8_unknown_options_are_ignored_and_unknown_semantics_refused(interop: Interop, at: Scenario) -> None:
    for options in ({}, {"x": 1}, None):
        body = {"evaluations": [at.yes], "options": options}
        assert interop.ask(at.practice, "evaluations", body).body == b'{"evaluations":[{"decision":true}]}'
    for options in (
        [],
        "x",
        {"evaluations_semantic": "first"},
        {"evaluations_semantic": None},
        {"evaluations_semantic": []},
    ):
        refused(interop.ask(at.practice, "evaluations", {"evaluations": [at.yes], "options": options}))


@each
@pytest.mark.parametrize(
    ("semantic", "expected"),
    [
        ("execute_all", [True, True, False, True, False]),
        ("deny_on_first_deny", [True, True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
def test_B7_B9_B10_B11_B12(interop: Interop, at: Scenario, semantic: str, expected: list[bool]) -> None:
    body = {
        "evaluations": [at.yes, at.yes, at.no, at.yes, {"subject": 7}],
        "options": {"evaluations_semantic": semantic},
    }
    answer = interop.ask(at.practice, "evaluations", body)
    assert answer.json.keys() == {"evaluations"}  # B13
    assert [one["decision"] for one in answer.json["evaluations"]] == expected


@each
def test_B10_B11_an_item_that_fails_is_a_no(interop: Interop, at: Scenario) -> None:
    for semantic, expected in (("deny_on_first_deny", [False]), ("permit_on_first_permit", [False, True])):
        body = {"evaluations": [{"subject": 7}, at.yes], "options": {"evaluations_semantic": semantic}}
        answer = interop.ask(at.practice, "evaluations", body)
        assert [one["decision"] for one in answer.json["evaluations"]] == expected


@each
def test_B15_an_incomplete_item_is_a_no_even_if_it_is_the_only_one(interop: Interop, at: Scenario) -> None:
    for path in NEEDED["evaluation"]:
        answer = interop.ask(at.practice, "evaluations", {"evaluations": [without(at.yes, path)]})
        assert answer.status == 200
        assert [one["decision"] for one in answer.json["evaluations"]] == [False]


@each
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_B16_the_same_request_has_the_same_bytes(interop: Interop, at: Scenario, endpoint: str) -> None:
    bodies = [body_for(at, endpoint), {**at.yes, "evaluations": [at.yes, {}, at.no]}]
    for body in bodies if endpoint == "evaluations" else bodies[:1]:
        assert len({interop.ask(at.practice, endpoint, body).body for _ in range(3)}) == 1


@each
def test_S1_S3_S12_searches_find_the_question_that_is_answered_yes(interop: Interop, at: Scenario) -> None:
    told = {"type": at.yes["subject"]["type"], "id": at.yes["subject"]["id"]}
    assert told in interop.finds(at.practice, "subject", at.search("subject"))
    assert {"name": at.yes["action"]["name"]} in interop.finds(at.practice, "action", at.search("action"))
    resource = {"type": at.yes["resource"]["type"], "id": at.yes["resource"]["id"]}
    assert resource in interop.finds(at.practice, "resource", at.search("resource"))


@each
def test_S6_S7_S8_what_a_search_does_not_need_is_ignored(interop: Interop, at: Scenario) -> None:
    for kind in ("subject", "resource", "action"):
        body = at.search(kind)
        more: Body = {"action": []} if kind == "action" else {kind: {**body[kind], "id": "whoever"}}
        assert interop.finds(at.practice, kind, {**body, **more}) == interop.finds(at.practice, kind, body)


@each
def test_S10_what_is_unknown_is_not_found(interop: Interop, at: Scenario) -> None:
    for kind in ("subject", "resource"):
        assert interop.finds(at.practice, kind, at.search(kind, **{kind: {"type": "spaceship"}})) == []
    unknown = at.search("action", subject=entity("user", "nonexistent-user"))
    assert interop.finds(at.practice, "action", unknown) == []
    assert interop.finds(at.practice, "action", at.search("action", resource=entity("spaceship", "s1"))) == []


@each
@pytest.mark.parametrize("kind", ["subject", "resource", "action"])
def test_P1_P10_pages_put_together_are_the_whole(interop: Interop, at: Scenario, kind: str) -> None:
    whole = interop.finds(at.practice, kind, at.search(kind))
    found: list[dict[str, str]] = []
    page: dict[str, Any] = {"limit": 1, "unknown": 1}
    for _ in range(100):
        answer = interop.ask(at.practice, f"search/{kind}", at.search(kind, page=page)).json
        assert [*answer] == ["page", "results"]  # S5
        assert answer["page"]["count"] == len(answer["results"]) <= 1
        found += answer["results"]
        if not answer["page"]["next_token"]:
            break
        page = {"token": answer["page"]["next_token"]}  # P7
    assert found == whole


@each
def test_P6_P7_another_query_or_limit_is_refused(interop: Interop, at: Scenario) -> None:
    first = interop.ask(at.practice, "search/resource", at.search("resource", page={"limit": 0})).json["page"]
    token = first["next_token"]
    for more in (
        {"page": {"token": token, "limit": 5}},
        {"page": {"token": token}, "context": {"x": 1}},
        {"page": {"token": token}, "action": {"name": "another"}},
        {"page": {"token": token[:-2]}},
        {"page": {"token": f"{token}AAAA"}},
    ):
        refused(interop.ask(at.practice, "search/resource", at.search("resource", **more)))


@each
@pytest.mark.parametrize(
    "page", [[], "x", 7, {"limit": -1}, {"limit": True}, {"limit": "1"}, {"limit": 1.5}, {"token": 1}]
)
def test_P4_a_page_is_asked_for_rightly(interop: Interop, at: Scenario, page: object) -> None:
    refused(interop.ask(at.practice, "search/resource", at.search("resource", page=page)))


@each
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_T1_other_methods_are_refused(interop: Interop, at: Scenario, endpoint: str) -> None:
    token = interop.keys[f"service:{at.practice}"]
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        path = f"/practices/{at.practice}/access/v1/{endpoint}"
        answer = interop.server.call(method, path, at.yes, token=token, headers={"X-Request-ID": "r-1"})
        refused(answer, 405)
        assert (answer.headers["X-Request-ID"], "POST" in answer.headers["Allow"]) == ("r-1", True)


@each
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nonsense", b"[]", b'"x"', b"7", b"null", b"true", b"\xff\xfe", b'{"a": NaN}', b'{"a": Infinity}',
        b'{"a": 1, "a": 2}', b'{"a": 1, "\\u0061": 2}', b'{"a": "\\ud800"}', b'{"a": ' + b"[" * 100_000 + b"}",
        b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
def test_T3_T6_T7_T12_what_is_no_json_object_is_refused(
    interop: Interop, at: Scenario, endpoint: str, body: bytes
) -> None:
    refused(interop.ask(at.practice, endpoint, body))


@each
@pytest.mark.parametrize("type", ["text/plain", "application/x-www-form-urlencoded", "application/vnd.api+json", ""])
def test_T3_another_content_type_is_refused(interop: Interop, at: Scenario, type: str) -> None:
    for endpoint in ENDPOINTS:
        refused(interop.ask(at.practice, endpoint, body_for(at, endpoint), headers={"Content-Type": type}))


@each
@pytest.mark.parametrize(
    "type", ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"]
)
def test_T2_content_types_are_read_as_http_has_them(interop: Interop, at: Scenario, type: str) -> None:
    for endpoint in ENDPOINTS:
        assert interop.ask(at.practice, endpoint, body_for(at, endpoint), headers={"Content-Type": type}).status == 200


@each
def test_T12_integers_of_any_length_break_nothing(interop: Interop, at: Scenario) -> None:
    body = json.dumps(at.yes).replace("}", ', "n": ' + "9" * 5000 + "}", 1).encode()
    assert interop.ask(at.practice, "evaluation", body).status in (200, 400)


@each
def test_T8_empty_texts_are_a_no_and_never_a_failure(interop: Interop, at: Scenario) -> None:
    for name, field in (("subject", "type"), ("subject", "id"), ("resource", "type"), ("action", "name")):
        assert interop.decides(at.practice, {**at.yes, name: {**at.yes[name], field: ""}}) is False


@each
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("id", ["r-1", 'a b;c="d"', "ü".encode().decode("latin-1"), "x" * 1000])
def test_R2_the_requests_id_comes_back_on_every_answer(interop: Interop, at: Scenario, endpoint: str, id: str) -> None:
    good, sent = body_for(at, endpoint), {"X-Request-ID": id}
    path = f"/practices/{at.practice}/access/v1/{endpoint}"
    token = interop.keys[f"service:{at.practice}"]
    for status, answer in (
        (200, interop.ask(at.practice, endpoint, good, headers=sent)),
        (400, interop.ask(at.practice, endpoint, b"{", headers=sent)),
        (401, interop.server.call("POST", path, good, token="azk_unknown", headers=sent)),
        (404, interop.server.call("POST", f"{path}/further", good, token=token, headers=sent)),
        (413, interop.ask(at.practice, endpoint, b" " * 1_048_577, headers=sent)),
    ):
        assert (answer.status, answer.headers["X-Request-ID"]) == (status, id)


@each
def test_R3_without_an_id_one_is_made_up(interop: Interop, at: Scenario) -> None:
    assert interop.ask(at.practice, "evaluation", at.yes).headers["X-Request-ID"]


@each
def test_M1_M6_M8_M15_the_metadata_tell_where_everything_is(interop: Interop, at: Scenario) -> None:
    base = f"{PUBLIC_URL}/practices/{at.practice}"
    addresses = {
        "policy_decision_point": base,
        "access_evaluation_endpoint": f"{base}/access/v1/evaluation",
        "access_evaluations_endpoint": f"{base}/access/v1/evaluations",
        "search_subject_endpoint": f"{base}/access/v1/search/subject",
        "search_resource_endpoint": f"{base}/access/v1/search/resource",
        "search_action_endpoint": f"{base}/access/v1/search/action",
    }
    path = f"/.well-known/authzen-configuration/practices/{at.practice}"
    answer = interop.server.call("GET", path, headers={"Host": "elsewhere.example"})
    assert (answer.status, answer.headers["Content-Type"], answer.json) == (200, "application/json", addresses)
    assert "max-age" in answer.headers["Cache-Control"]  # M14
    for name, address in addresses.items():
        if name != "policy_decision_point":
            endpoint = address.removeprefix(f"{base}/access/v1/")
            assert interop.ask(at.practice, endpoint, body_for(at, endpoint)).status == 200


@each
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_X3_X4_who_shows_no_good_key_is_refused(interop: Interop, at: Scenario, endpoint: str) -> None:
    path = f"/practices/{at.practice}/access/v1/{endpoint}"
    for token in (None, "azk_unknown", ""):
        for body in (body_for(at, endpoint), b"{"):
            answer = interop.server.call("POST", path, body, token=token)
            refused(answer, 401)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")


@each
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_key_of_one_practice_gets_nothing_of_another(interop: Interop, at: Scenario, endpoint: str) -> None:
    unknown = interop.ask("nowhere", endpoint, body_for(at, endpoint), key_of=at.practice)
    for other in {*PRACTICES} - {at.practice}:
        answer = interop.ask(at.practice, endpoint, body_for(at, endpoint), key_of=other)
        assert refused(answer, 404).replace(at.practice, "?") == refused(unknown, 404).replace("nowhere", "?")


@each
def test_a_page_token_of_one_practice_opens_no_other(interop: Interop, at: Scenario) -> None:
    body = at.search("action", page={"limit": 0})
    token = interop.ask(at.practice, "search/action", body).json["page"]["next_token"]
    for other in {*PRACTICES} - {at.practice}:
        answer = interop.ask(other, "search/action", at.search("action", page={"token": token}))
        assert "another query" in refused(answer)
