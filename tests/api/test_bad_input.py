"""Bad input gets a clear problem and never a yes."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.serving import Answer, Server
from tests.api.test_decisions import NOTE, question

BIG = 10 * 1024 * 1024


def problem(answer: Answer, status: int) -> dict[str, Any]:
    """The problem in this answer, once it is sure that it is one, with this status."""
    assert answer.status == status, answer.body[:500]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = answer.json
    assert set(body) - {"errors"} == {"type", "title", "status", "detail", "code"}
    assert body["status"] == status
    assert b'"allowed"' not in answer.body
    return body


def paths(answer: Answer) -> list[str]:
    return sorted(e["path"] for e in problem(answer, 422)["errors"])


@pytest.mark.parametrize("path", ["/v1/check", "/v1/check/batch", "/v1/keys"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"[]",
        b"null",
        b'{"practice": NaN}',
        b'{"practice": "northside", "practice": "northside"}',
        b'{"practice": "northside", "pr\\u0061ctice": "southside"}',
        b'{"practice": "\\ud800"}',
        b'{"practice": "\xff"}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        json.dumps(question()).encode("utf-16"),
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_no_json_object_is_unreadable(server: Server, world: Any, path: str, body: bytes) -> None:
    answer = server.call("POST", path, body, token=world.tokens["user:op"])
    assert problem(answer, 400)["code"] == "unreadable"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json5",
        "text/json",
        "",
        "application/json; charset=latin1",
    ],
)
def test_another_content_type_is_unreadable(server: Server, charting: str, content_type: str) -> None:
    answer = server.call("POST", "/v1/check", question(), token=charting, headers={"Content-Type": content_type})
    assert problem(answer, 400)["code"] == "unreadable"


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON;charset=UTF-8"])
def test_the_content_type_may_name_its_charset(server: Server, charting: str, content_type: str) -> None:
    answer = server.call("POST", "/v1/check", question(), token=charting, headers={"Content-Type": content_type})
    assert answer.status == 200


def test_a_body_of_ten_megabytes_is_too_large(server: Server, charting: str) -> None:
    padded = json.dumps(question()).encode() + b" " * BIG
    assert problem(server.call("POST", "/v1/check", padded, token=charting), 413)["code"] == "too_large"


def test_a_chunked_body_of_ten_megabytes_is_too_large(server: Server, charting: str) -> None:
    chunks = [json.dumps(question()).encode(), *([b" " * 65536] * (BIG // 65536))]
    answer = server.call("POST", "/v1/check", chunks, token=charting, encode_chunked=True, headers=CHUNKED)
    assert problem(answer, 413)["code"] == "too_large"


CHUNKED = {"Transfer-Encoding": "chunked"}


def test_a_chunked_body_is_read_to_its_end(server: Server, charting: str) -> None:
    body = json.dumps(question()).encode()
    chunks = [body[i : i + 7] for i in range(0, len(body), 7)]
    answer = server.call("POST", "/v1/check", chunks, token=charting, encode_chunked=True, headers=CHUNKED)
    assert (answer.status, answer.json["allowed"]) == (200, True)


def test_a_body_one_byte_over_the_limit_is_refused_and_one_at_it_is_read(server: Server, charting: str) -> None:
    body = json.dumps(question()).encode()
    for chunked in (False, True):
        more = {"encode_chunked": True, "headers": CHUNKED} if chunked else {}
        for size, status in ((1_048_576, 200), (1_048_577, 413)):
            padded = body + b" " * (size - len(body))
            sent: Any = [padded] if chunked else padded
            assert server.call("POST", "/v1/check", sent, token=charting, **more).status == status  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["practice", "subject", "action", "resource"])
def test_a_missing_field_is_named(server: Server, charting: str, field: str) -> None:
    body = question()
    del body[field]
    assert paths(server.call("POST", "/v1/check", body, token=charting)) == [field]


@pytest.mark.parametrize(
    ("field", "near"), [("acton", "action"), ("subjekt", "subject"), ("resources", "resource"), ("contxt", "context")]
)
def test_an_unknown_field_is_named_with_the_one_that_was_meant(
    server: Server, charting: str, field: str, near: str
) -> None:
    answer = server.call("POST", "/v1/check", question(**{field: "x"}), token=charting)
    assert paths(answer) == [field]
    assert f"did you mean `{near}`" in answer.json["errors"][0]["message"]


WRONG: list[tuple[dict[str, Any], str]] = [
    *[({field: value}, field) for field in ("practice", "subject", "action") for value in (None, 1, True, [], {}, "")],
    *[({"resource": value}, "resource") for value in (None, 1, "chart_note", [])],
    *[({"context": value}, "context") for value in (None, 1, "now", [])],
    *[
        ({"at_least_revision": value}, "at_least_revision")
        for value in (None, True, "1", 1.0, 1.5, -1, 2**63, 10**30, [])
    ],
    *[({"practice": name}, "practice") for name in ("*", "North", "a,b", "a b", "-a", "a" * 64, "a\n", "á", "a\u0000")],
    *[
        ({"subject": name}, "subject")
        for name in (
            "lee",
            "role:practitioner",
            "practitioner",
            "member",
            "user:",
            "user:a,b",
            "user:a b",
            "user:a\n",
            "user:\u0000",
            "user:*",
            "USER:lee",
            "user:user:lee",
            "user:" + "a" * 101,
            "group:lee",
            ":lee",
        )
    ],
    ({"action": "edt"}, "action"),
    ({"action": "*"}, "action"),
    ({"action": "edit, chart_note"}, "action"),
    ({"action": "edit\n"}, "action"),
    ({"resource": {}}, "resource.type"),
    ({"resource": {"type": ""}}, "resource.type"),
    ({"resource": {"type": "chart_nota"}}, "resource.type"),
    ({"resource": {"type": "*"}}, "resource.type"),
    ({"resource": {"type": ["chart_note"]}}, "resource.type"),
    ({"resource": {**NOTE, "id": 7}}, "resource.id"),
    ({"resource": {**NOTE, "id": ""}}, "resource.id"),
    ({"resource": {**NOTE, "id": "a\u0000"}}, "resource.id"),
    ({"resource": {**NOTE, "owner": "user:lee"}}, "resource.owner"),
    ({"resource": {**NOTE, "attributes": []}}, "resource.attributes"),
    ({"resource": {**NOTE, "attributes": {"autor": "user:ray"}}}, "resource.attributes.autor"),
    ({"resource": {**NOTE, "attributes": {"author": "ray"}}}, "resource.attributes.author"),
    ({"resource": {**NOTE, "attributes": {"author": None}}}, "resource.attributes.author"),
    ({"resource": {**NOTE, "attributes": {"author": ["user:ray"]}}}, "resource.attributes.author"),
    ({"resource": {**NOTE, "attributes": {"state": "drft"}}}, "resource.attributes.state"),
    ({"resource": {**NOTE, "attributes": {"state": ""}}}, "resource.attributes.state"),
    ({"context": {"authenticated_at": "yesterday"}}, "context.authenticated_at"),
    ({"context": {"authenticated_at": "2026-11-23T08:00:00"}}, "context.authenticated_at"),
    ({"context": {"authenticated_at": 1}}, "context.authenticated_at"),
    ({"context": {"epcs_2fa": "true"}}, "context.epcs_2fa"),
    ({"context": {"epcs_2fa": 1}}, "context.epcs_2fa"),
    ({"context": {"reason": 7}}, "context.reason"),
    ({"context": {"resaon": "x"}}, "context.resaon"),
]


@pytest.mark.parametrize(("change", "path"), WRONG, ids=lambda value: repr(value)[:60])
def test_a_wrong_value_is_named_by_its_path(server: Server, charting: str, change: dict[str, Any], path: str) -> None:
    assert paths(server.call("POST", "/v1/check", question(**change), token=charting)) == [path]


@pytest.mark.parametrize(("change", "path"), WRONG, ids=lambda value: repr(value)[:60])
def test_one_bad_check_makes_the_whole_batch_wrong_and_is_named_by_its_index(
    server: Server, charting: str, change: dict[str, Any], path: str
) -> None:
    good = {"subject": "user:ray", "action": "edit", "resource": NOTE}
    above = {"practice", "at_least_revision"} & set(change)
    bad = good if above else good | change
    body = {"practice": "northside", "checks": [good, good, good, bad]} | (change if above else {})
    assert paths(server.call("POST", "/v1/check/batch", body, token=charting)) == [
        path if above else f"checks.3.{path}"
    ]


def test_every_bad_field_is_told_at_once(server: Server, charting: str) -> None:
    body = question(practice="No", subject="lee", acton="x", action="edt", at_least_revision=True, context={"x": 1})
    expected = ["action", "acton", "at_least_revision", "context.x", "practice", "subject"]
    assert paths(server.call("POST", "/v1/check", body, token=charting)) == expected


def test_a_bad_default_is_told_once_where_it_stands(server: Server, charting: str) -> None:
    checks = [{"action": "edit", "resource": NOTE}] * 3 + [{"action": "edt", "resource": NOTE}, "x", {"action": 1}]
    body = {"practice": "northside", "subject": "role:x", "context": {"x": 1}, "checks": checks}
    found = paths(server.call("POST", "/v1/check/batch", body, token=charting))
    assert found == ["checks.3.action", "checks.4", "checks.5.action", "checks.5.resource", "context.x", "subject"]


def test_a_check_without_a_subject_anywhere_is_named(server: Server, charting: str) -> None:
    body = {"practice": "northside", "checks": [{"action": "edit", "resource": NOTE}]}
    assert paths(server.call("POST", "/v1/check/batch", body, token=charting)) == ["checks.0.subject"]


@pytest.mark.parametrize("checks", [[], [{"action": "edit", "resource": NOTE}] * 1001, {}, "x", None, 1])
def test_a_batch_holds_one_to_a_thousand_checks(server: Server, charting: str, checks: object) -> None:
    body = {"practice": "northside", "subject": "user:ray", "checks": checks}
    assert paths(server.call("POST", "/v1/check/batch", body, token=charting)) == ["checks"]


def test_did_you_mean_helps_with_types_actions_attributes_and_states(server: Server, charting: str) -> None:
    body = question(action="edt", resource={"type": "chart_note", "attributes": {"autor": "user:ray", "state": "drft"}})
    messages = {e["path"]: e["message"] for e in server.call("POST", "/v1/check", body, token=charting).json["errors"]}
    assert "`edit`" in messages["action"]
    assert "`author`" in messages["resource.attributes.autor"]
    assert "`draft`" in messages["resource.attributes.state"]
    kind = server.call("POST", "/v1/check", question(resource={"type": "chart_nota"}), token=charting).json["errors"][0]
    assert "`chart_note`" in kind["message"]


@pytest.mark.parametrize("attributes", [{}, {"author": "user:ray"}, {"state": "draft"}])
def test_what_a_rule_needs_and_the_question_leaves_out_is_a_no(
    server: Server, charting: str, attributes: dict[str, str]
) -> None:
    body = question(resource={"type": "chart_note", "id": "n1", "attributes": attributes})
    answer = server.call("POST", "/v1/check", body, token=charting)
    assert (answer.status, answer.json["allowed"]) == (200, False)


def test_thousands_of_unknown_fields_are_told_without_a_hint_for_each(server: Server, charting: str) -> None:
    many = {f"acton{n}": 1 for n in range(20_000)}
    errors = problem(server.call("POST", "/v1/check", question(**many), token=charting), 422)["errors"]
    assert len(errors) == len(many)


def test_a_moment_at_the_edge_of_the_calendar_is_no_failure(server: Server, charting: str) -> None:
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-23T24:00:00Z"):
        answer = server.call("POST", "/v1/check", question(context={"authenticated_at": moment}), token=charting)
        assert answer.status in (200, 422)


def ways_to_fail() -> Iterator[tuple[str, str, Any, str | None, int]]:
    """Method, path, body, caller, status: one for each kind of failure that a request can meet."""
    yield "GET", "/v1/vocabulary", None, None, 401
    yield "GET", "/v1/nothing", None, "user:op", 404
    yield "GET", "/v1/vocabulary/", None, "user:op", 404
    yield "GET", "/v1//vocabulary", None, "user:op", 404
    yield "GET", "/docs/nothing", None, None, 404
    yield "GET", "/v1/check", None, "user:op", 405
    yield "OPTIONS", "/v1/check", None, "user:op", 405
    yield "TRACE", "/v1/check", None, "user:op", 405
    yield "BREW", "/v1/check", None, "user:op", 405
    yield "DELETE", "/healthz", None, None, 405
    yield "POST", "/v1/check", b"{", "user:op", 400
    yield "POST", "/v1/check", {}, "user:op", 422
    yield "POST", "/v1/check", question(practice="nowhere"), "user:op", 404
    yield "POST", "/v1/check", question(subject="user:omar"), "user:lee", 403
    yield "GET", "/v1/keys", None, "user:lee", 403
    yield "GET", "/v1/keys?limit=0", None, "user:op", 422
    yield "DELETE", "/v1/keys/nothing", None, "user:op", 404
    yield "POST", "/v1/check", b" " * 1_048_577, "user:op", 413
    yield "POST", "/v1/check", question(at_least_revision=10**9), "service:charting", 503


@pytest.mark.parametrize(("method", "path", "body", "caller", "status"), list(ways_to_fail()))
def test_every_failure_has_the_one_shape(
    server: Server, world: Any, method: str, path: str, body: Any, caller: str | None, status: int
) -> None:
    token = world.tokens[caller] if caller else None
    answer = server.call(method, path, body, token=token, headers={"X-Request-ID": "way-17"})
    problem(answer, status)
    assert answer.headers["X-Request-ID"] == "way-17"
    assert ("Allow" in answer.headers) == (status == 405)
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize("given", [None, ""])
def test_a_request_without_an_id_is_given_one(server: Server, given: str | None) -> None:
    headers = {} if given is None else {"X-Request-ID": given}
    made = {server.call("GET", "/v1/nothing", headers=headers).headers["X-Request-ID"] for _ in range(2)}
    assert len(made) == 2
    assert given not in made


def test_any_request_id_comes_back(server: Server, charting: str) -> None:
    for given in ("a", "a" * 200, "{id: 7} ~", "a" * 3000, "caf\u00e9", "a\tb"):
        answer = server.call("POST", "/v1/check", question(), token=charting, headers={"X-Request-ID": given})
        assert answer.headers["X-Request-ID"] == given


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", 400),
        (b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST /v1/check HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: other\r\n\r\n", 400),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_not_even_http_gets_a_problem_too(server: Server, request_bytes: bytes, status: int) -> None:
    head, _, body = server.raw(request_bytes).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Content-Type: application/problem+json" in head
    assert b"X-Request-ID: " in head
    assert json.loads(body)["status"] == status


def test_chunks_that_are_none_are_unreadable(server: Server, charting: str) -> None:
    head = f"POST /v1/check HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {charting}\r\nConnection: close\r\n"
    body = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"
    received = server.raw((head + body).encode())
    assert received.startswith(b"HTTP/1.1 400 ")
    assert json.loads(received.partition(b"\r\n\r\n")[2])["code"] == "unreadable"


def test_a_client_that_reads_no_answer_before_it_has_sent_ten_megabytes_gets_the_413(
    server: Server, charting: str
) -> None:
    request = urllib.request.Request(
        f"{server.url}/v1/check",
        b"x" * 10_000_000,
        {"Content-Type": "application/json", "Authorization": f"Bearer {charting}"},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    with caught.value as answer:
        assert answer.code == 413
        assert json.load(answer)["code"] == "too_large"
