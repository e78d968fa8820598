"""The life of a key: made, listed without its token, ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.conftest import World
from tests.api.serving import Server


@pytest.fixture
def operator(world: World) -> str:
    return world.tokens["user:op"]


def test_the_token_is_in_the_first_answer_only(server: Server, operator: str) -> None:
    body = {"subject": "service:charting", "label": "Charting, room 3"}
    made = server.call("POST", "/v1/keys", body, token=operator)
    assert made.status == 201
    key = made.json
    assert key["token"].startswith("azk_")
    assert (key["subject"], key["label"], key["practice"]) == ("service:charting", "Charting, room 3", None)
    assert (key["created_by"], key["expires_at"], key["revoked_at"]) == ("user:op", None, None)
    listed = server.call("GET", "/v1/keys?limit=1000", token=operator)
    assert key["token"].encode() not in listed.body
    shown = next(item for item in listed.json["items"] if item["id"] == key["id"])
    assert set(key) - set(shown) == {"token", "revision", "effects", "warnings", "plan", "dry_run", "written"}
    assert {name: key[name] for name in shown} == shown
    assert not {"token", "hash"} & set(shown)


def test_a_key_ends_when_it_was_to_end(server: Server, operator: str) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    body = {"subject": "service:charting", "label": "a day", "practice": "northside", "expires_at": later.isoformat()}
    key = server.call("POST", "/v1/keys", body, token=operator).json
    assert datetime.fromisoformat(key["expires_at"]) == later
    assert key["practice"] == "northside"


def test_revoking_is_idempotent_and_shows_in_the_list(server: Server, operator: str) -> None:
    key = server.call("POST", "/v1/keys", {"subject": "service:billing", "label": "gone"}, token=operator).json
    assert server.call("DELETE", f"/v1/keys/{key['id']}", token=operator).status == 200
    assert server.call("DELETE", f"/v1/keys/{key['id']}", token=operator).status == 200
    listed = server.call("GET", "/v1/keys?limit=1000", token=operator).json["items"]
    assert next(item for item in listed if item["id"] == key["id"])["revoked_at"]


@pytest.mark.parametrize("id", ["nothing", "a%20b", "%2e%2e", "a" * 101])
def test_a_key_that_is_not_there_is_not_found(server: Server, operator: str, id: str) -> None:
    answer = server.call("DELETE", f"/v1/keys/{id}", token=operator)
    assert (answer.status, answer.code) == (404, "not_found")


def test_pages_hold_every_key_once(server: Server, operator: str) -> None:
    whole = server.call("GET", "/v1/keys?limit=1000", token=operator).json
    assert whole["next"] is None
    found, cursor = [], ""
    while cursor is not None:
        page = server.call("GET", f"/v1/keys?limit=3{cursor and f'&cursor={cursor}'}", token=operator).json
        assert 1 <= len(page["items"]) <= 3
        found += page["items"]
        cursor = page["next"]
    assert found == whole["items"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "limit=-1", "limit=1.0", "cursor=a%20b", "page=2"]
)
def test_a_page_that_cannot_be_is_told(server: Server, operator: str, query: str) -> None:
    answer = server.call("GET", f"/v1/keys?{query}", token=operator)
    assert (answer.status, answer.code) == (422, "invalid")
    assert [e["path"] for e in answer.json["errors"]] == [query.partition("=")[0]]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"subject": "role:operator"}, "subject"),
        ({"subject": "operator"}, "subject"),
        ({"subject": ""}, "subject"),
        ({"subject": None}, "subject"),
        ({"label": ""}, "label"),
        ({"label": " "}, "label"),
        ({"label": "a\u0000b"}, "label"),
        ({"label": "a" * 201}, "label"),
        ({"label": 7}, "label"),
        ({"practice": "*"}, "practice"),
        ({"practice": "North Side"}, "practice"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": "2099-01-01T00:00:00"}, "expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, "expires_at"),
        ({"expires_at": 4102444800}, "expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"token": "azk_mine"}, "token"),
        ({"practise": "northside"}, "practise"),
    ],
)
def test_a_key_that_cannot_be_is_told(server: Server, operator: str, change: dict[str, object], path: str) -> None:
    body = {"subject": "service:charting", "label": "x"} | change
    answer = server.call("POST", "/v1/keys", body, token=operator)
    assert (answer.status, answer.code) == (422, "invalid")
    assert [e["path"] for e in answer.json["errors"]] == [path]


def test_a_key_for_a_person_who_is_not_there_is_refused(server: Server, operator: str) -> None:
    body = {"subject": "user:nobody", "label": "x"}
    assert server.call("POST", "/v1/keys", body, token=operator).status == 404


def test_a_key_for_a_practice_that_is_not_there_is_refused(server: Server, operator: str) -> None:
    body = {"subject": "service:charting", "label": "x", "practice": "nowhere"}
    assert server.call("POST", "/v1/keys", body, token=operator).status == 404


def test_a_bound_key_of_the_operator_makes_no_keys(server: Server, world: World) -> None:
    bound = world.key_for("user:op", next(iter(world.services.store.practices())))
    answer = server.call("POST", "/v1/keys", {"subject": "user:op", "label": "free"}, token=bound)
    assert (answer.status, answer.code) == (403, "not_allowed")
