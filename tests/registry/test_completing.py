"""Stored attributes fill in what a question leaves out; practices say which of them callers may state themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.registry.conftest import RESOURCES, Call

Check = Callable[..., Any]
SETTINGS = "/v1/practices/northside"


@pytest.fixture(autouse=True)
def note(call: Call) -> Iterator[None]:
    """A draft of ray's, known to the registry; callers may state everything again afterwards."""
    assert (
        call("PUT", f"{RESOURCES}/chart_note/n1", {"attributes": {"author": "user:ray", "state": "draft"}}).status
        == 200
    )
    yield
    call("PATCH", SETTINGS, {"supplied": {}, "explain": False}, "user:omar")


def test_a_question_need_not_say_what_is_stored(check: Check) -> None:
    assert check("user:ray", "edit", "n1")
    assert not check("user:lee", "edit", "n1")
    assert not check("user:ray", "edit", "n2")


def test_what_is_stored_in_one_practice_is_nothing_to_another(check: Check) -> None:
    assert not check("user:far", "edit", "n1", practice="southside")


def test_what_a_caller_states_counts_before_what_is_stored(check: Check) -> None:
    assert not check("user:ray", "edit", "n1", state="signed")
    assert check("user:lee", "edit", "n1", author="user:lee")


def test_what_callers_may_not_state_is_ignored(call: Call, check: Check) -> None:
    assert call("PATCH", SETTINGS, {"supplied": {"chart_note": ["state"]}}, "user:omar").status == 200
    assert not check("user:lee", "edit", "n1", author="user:lee")
    assert not check("user:lee", "edit", "n2", author="user:lee", state="draft")
    assert not check("user:ray", "edit", "n1", state="signed")
    assert check("user:ray", "edit", "n1")
    assert check("user:ray", "edit", "c1", "claim", state="draft") == check(
        "user:ray", "edit", "c2", "claim", state="draft"
    )


def test_a_change_counts_from_the_moment_it_is_answered(check: Check, call: Call) -> None:
    for round in range(30):
        author, other = ("user:lee", "user:ray") if round % 2 else ("user:ray", "user:lee")
        answered = call("PUT", f"{RESOURCES}/chart_note/n1", {"attributes": {"author": author, "state": "draft"}})
        assert answered.status == 200
        assert check(author, "edit", "n1")
        assert not check(other, "edit", "n1")


def test_what_is_forgotten_counts_no_more(check: Check, call: Call) -> None:
    assert check("user:ray", "edit", "n1")
    assert call("DELETE", f"{RESOURCES}/chart_note/n1").status == 200
    assert not check("user:ray", "edit", "n1")


def test_a_change_of_people_leaves_what_is_stored_in_force(check: Check, call: Call) -> None:
    for phone in ("+1 555 0100", "+1 555 0101"):
        assert call("PATCH", "/v1/practices/northside/users/joe", {"phone": phone}, "user:omar").status == 200
        assert check("user:ray", "edit", "n1")
        assert not check("user:lee", "edit", "n1")


WRONG = {"supplied.chart_nots", "supplied.claim", "supplied.grant"}


def test_the_settings_name_what_is_known(call: Call) -> None:
    refused = call("PATCH", SETTINGS, {"supplied": {"chart_nots": [], "claim": ["stat"], "grant": []}}, "user:omar")
    assert (refused.status, {e["path"] for e in refused.json["errors"]}) == (
        422,
        {"supplied.chart_nots", "supplied.claim", "supplied.grant"},
    )
    assert call("GET", SETTINGS, None, "user:omar").json["supplied"] == {}


def test_a_batch_is_completed_in_all_its_parts(call: Call) -> None:
    ids = [f"b{n}" for n in range(700)]
    stored = [{"type": "chart_note", "id": id, "attributes": {"author": "user:ray", "state": "draft"}} for id in ids]
    assert call("PUT", RESOURCES, {"resources": stored}).json["changed"] == 700
    checks = [{"action": "edit", "resource": {"type": "chart_note", "id": id}} for id in [*ids, "unknown"]]
    body = {"practice": "northside", "subject": "user:ray", "checks": checks}
    results = call("POST", "/v1/check/batch", body, "service:charting").json["results"]
    assert [one["allowed"] for one in results] == [True] * 700 + [False]
    assert call("PUT", RESOURCES, {"remove": [{"type": "chart_note", "id": id} for id in ids]}).status == 200
