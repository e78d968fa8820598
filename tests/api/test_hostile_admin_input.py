"""Every field of every body and query is held to what the contract says it takes, and bad ones are all told at once."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

import pytest

from tests.api.furnished import Furnished, furnished
from tests.api.routes import calls
from tests.api.serving import Answer

__all__ = ["furnished"]
ALL: Final = calls({"key": "k", "request": "r", "emergency": "e", "open_emergency": "o"})
WRITES: Final = [str(call) for call in ALL if call.writes]
PAGED: Final = [
    str(call)
    for call in ALL
    if call.method == "GET"
    and call.route.rpartition("/")[2]
    in {"keys", "practices", "users", "roles", "analytics-roles", "grants", "requests", "emergency-access", "audit"}
]
TYPES: Final = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}
NOTHING_TAKES: Final = {
    "a fraction": 7.5,
    "an object": {"surely": 1},
    "a list of lists": [[1]],
    "a long text": "x" * 5000,
}
HOSTILE: Final = ["a\0b", "\x1b[2J", "a\x7f", "\u202egnp.exe", "a\x85b", "\u2066a\u2069"]


def schema_of(furnished: Furnished, which: str) -> dict[str, Any]:
    """What the contract says of each field of a route's body."""
    contract = furnished.server.call("GET", "/openapi.json").json
    call = furnished.calls[which]
    content = contract["paths"][call.route][call.method.lower()]["requestBody"]["content"]["application/json"]
    return resolved(contract, content["schema"])["properties"]  # type: ignore[no-any-return]


def resolved(contract: Any, schema: Any) -> Any:
    """A schema, or the one that it refers to."""
    while "$ref" in schema:
        schema = contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def types_of(schema: dict[str, Any]) -> set[str]:
    """The JSON types that a field takes."""
    if "$ref" in schema or "allOf" in schema:
        return {"object"}
    given = schema.get("type", "string")
    return {given} if isinstance(given, str) else set(given)


def told(answer: Answer) -> set[str]:
    """The fields of the body that a refusal names, and that it is one in the form of all refusals."""
    assert (answer.status, answer.headers["Content-Type"]) == (422, "application/problem+json"), answer.body[:300]
    assert b'"allowed"' not in answer.body
    return {error["path"].partition(".")[0] for error in answer.json["errors"]}


def send(furnished: Furnished, which: str, body: Any, query: str = "") -> Answer:
    call = furnished.calls[which]
    token = furnished.world.tokens[call.by]
    return furnished.server.call(call.method, call.path + query, body, token=token)


@pytest.mark.parametrize("which", WRITES)
def test_every_field_that_cannot_be_what_is_given_is_named(furnished: Furnished, which: str) -> None:
    before, fields = furnished.dump(), schema_of(furnished, which)
    assert {"reason", "plan"} <= set(fields)
    for what, value in NOTHING_TAKES.items():
        named = told(send(furnished, which, dict.fromkeys(fields, value)))
        assert (what, named) == (what, set(fields))
    blank = {name for name, schema in fields.items() if "null" in types_of(schema)}
    assert told(send(furnished, which, dict.fromkeys(fields))) == set(fields) - blank
    assert furnished.dump() == before


@pytest.mark.parametrize("which", WRITES)
def test_no_text_may_hold_what_cannot_be_seen(furnished: Furnished, which: str) -> None:
    before, fields = furnished.dump(), schema_of(furnished, which)
    texts = {name for name, schema in fields.items() if "string" in types_of(schema)}
    for hostile in HOSTILE:
        assert texts <= told(send(furnished, which, dict.fromkeys(texts, hostile)))
    assert furnished.dump() == before


@pytest.mark.parametrize("which", WRITES)
def test_half_a_character_is_unreadable_wherever_it_stands(furnished: Furnished, which: str) -> None:
    before = furnished.dump()
    for name in (*schema_of(furnished, which), "\ud800"):
        answer = send(furnished, which, json.dumps({name: "a\udfff"}).encode())
        assert (answer.status, answer.code) == (400, "unreadable")
    assert furnished.dump() == before


@pytest.mark.parametrize("which", WRITES)
def test_fields_that_are_none_are_named_beside_those_that_are_bad(furnished: Furnished, which: str) -> None:
    before = furnished.dump()
    body = {**(furnished.calls[which].body or {}), "reason": 7, "Reason": "x", "dry_run": True, "a.b": 1, "": 2}
    errors = send(furnished, which, body).json["errors"]
    assert {"reason", "Reason", "dry_run", "a.b", ""} == {error["path"] for error in errors}
    assert furnished.dump() == before


@pytest.mark.parametrize("which", WRITES)
@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("?reason=a%00b", "reason"),
        ("?reason=a&reason=b", "reason"),
        ("?dry_run=true&dry_run=false", "dry_run"),
        ("?dry_run=", "dry_run"),
        ("?dry_run=True", "dry_run"),
        ("?actor=user:ana", "actor"),
    ],
)
def test_a_query_that_is_wrong_or_says_a_thing_twice_writes_nothing(
    furnished: Furnished, which: str, query: str, path: str
) -> None:
    before = furnished.dump()
    assert told(send(furnished, which, furnished.calls[which].body, query)) == {path}
    assert furnished.dump() == before


@pytest.mark.parametrize("which", WRITES)
def test_a_query_that_is_no_text_is_unreadable(furnished: Furnished, which: str) -> None:
    before = furnished.dump()
    answer = send(furnished, which, furnished.calls[which].body, "?reason=%ED%A0%80")
    assert (answer.status, answer.code) == (400, "unreadable")
    assert furnished.dump() == before


def place(text: bytes) -> str:
    """A cursor for this place."""
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@pytest.mark.parametrize("which", PAGED)
def test_a_page_that_cannot_be_is_refused_and_its_reading_is_not_recorded(furnished: Furnished, which: str) -> None:
    before = furnished.dump()
    bad = {
        "limit": [
            "",
            "0",
            "-1",
            "+1",
            "1001",
            "1.0",
            "1e2",
            "0x1",
            "ten",
            "9" * 30,
            "%D9%A1",
            "%201",
            "%00",
            "1&limit=2",
        ],
        "cursor": [
            "a",
            "%00",
            "%C3%A9",
            "a+b",
            "%7F",
            "====",
            place(b"\0"),
            place(b"\xff"),
            place(b"a\n"),
            "YQ&cursor=YQ",
        ],
    }
    for name, values in bad.items():
        for value in values:
            answer = send(furnished, which, None, f"?{name}={value}&sort=up")
            expected = {"sort", name} if answer.status == 422 else set()
            assert (value, answer.status, told(answer) if expected else answer.code) == (value, 422, expected)
    assert furnished.dump() == before


@pytest.mark.parametrize(
    "cursor", [b"1", b"1:", b":1", b"1:2:3", b"-1:2", b"a:b", b"1:1000000000000000", "\u0661:\u0662".encode()]
)
def test_a_cursor_of_the_audit_is_one_that_it_gave(furnished: Furnished, cursor: bytes) -> None:
    before = furnished.dump()
    which = "GET /v1/practices/{practice}/audit"
    query = f"?cursor={place(cursor)}&since=now&until=2026-11-23T08:00:00&actor=%00&subject=a%7F&action=%1B"
    assert told(send(furnished, which, None, query)) == {"cursor", "since", "until", "actor", "subject", "action"}
    assert furnished.dump() == before
