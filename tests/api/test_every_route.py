"""What holds for every route: strangers are refused, others' practices are not there, a dry run writes nothing."""

from __future__ import annotations

import pytest

from authz.core.names import Practice
from tests.api.furnished import Furnished, furnished
from tests.api.routes import calls

__all__ = ["furnished"]
NAMELESS = {"key": "k", "request": "r", "emergency": "e", "open_emergency": "o"}
ALL = calls(NAMELESS)
EACH = [str(call) for call in ALL]
WRITES = [str(call) for call in ALL if call.writes]
IN_A_PRACTICE = [str(call) for call in ALL if call.in_a_practice]
SEEN_IN_PART = {"GET /v1/practices/{practice}/users", "GET /v1/practices/{practice}/users/{user}"}
OWN_ONLY = {"GET /v1/practices/{practice}/requests"}
FOR_ALL = {"GET /v1/vocabulary"}
SO_ALREADY = {"PUT /v1/practices/{practice}/roles/{role}", "PUT /v1/practices/{practice}/guests/{user}"}


def test_every_route_of_the_contract_has_a_call(furnished: Furnished) -> None:
    paths = furnished.server.call("GET", "/openapi.json").json["paths"]
    documented = {
        f"{method.upper()} {path}" for path, methods in paths.items() for method in methods if method != "parameters"
    }
    assert set(EACH) == {route for route in documented if " /v1/" in route}


@pytest.mark.parametrize("which", EACH)
def test_without_a_token_it_is_401(furnished: Furnished, which: str) -> None:
    call = furnished.calls[which]
    answer = furnished.server.call(call.method, call.path, call.body)
    assert (answer.status, answer.code) == (401, "not_authenticated")


@pytest.mark.parametrize("which", EACH)
def test_without_the_right_it_is_403(furnished: Furnished, which: str) -> None:
    answer = furnished.make(which, "user:joe")
    if which in SEEN_IN_PART:
        shown = answer.json.get("items", [answer.json])
        assert all(set(one) <= {"id", "name", "status", "revision"} for one in shown)
    elif which in OWN_ONLY:
        assert answer.json["items"] == []
    elif which in FOR_ALL:
        assert answer.status == 200
    else:
        assert (answer.status, answer.code) == (403, "not_allowed")


@pytest.mark.parametrize("which", IN_A_PRACTICE)
def test_another_practice_is_not_there(furnished: Furnished, which: str) -> None:
    answer = furnished.make(which, "user:sadm")
    assert (answer.status, answer.code) == (404, "not_found")
    call = furnished.calls[which]
    nowhere = call.path.replace("northside", "nowhere")
    other = furnished.server.call(call.method, nowhere, call.body, token=furnished.world.tokens["user:sadm"])
    assert other.json == {**answer.json, "detail": answer.json["detail"].replace("northside", "nowhere")}


@pytest.mark.parametrize("which", IN_A_PRACTICE)
def test_a_key_for_another_practice_opens_nothing_here(furnished: Furnished, which: str) -> None:
    call = furnished.calls[which]
    answer = furnished.server.call(
        call.method, call.path, call.body, token=furnished.world.tokens[f"{call.by} in southside"]
    )
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize("which", WRITES)
def test_a_dry_run_writes_nothing_and_says_what_would_happen(furnished: Furnished, which: str) -> None:
    before = furnished.dump()
    answer = furnished.make(which, furnished.calls[which].by, "?dry_run=true")
    assert (answer.status, answer.json["dry_run"], answer.json["written"]) == (200, True, False)
    assert answer.json["plan"].startswith("sha256:")
    assert furnished.dump() == before
    assert furnished.make(which, furnished.calls[which].by, "?dry_run=true").json["plan"] == answer.json["plan"]


@pytest.mark.parametrize("which", WRITES)
def test_a_write_on_an_older_revision_is_412_and_writes_nothing(furnished: Furnished, which: str) -> None:
    call, before = furnished.calls[which], furnished.dump()
    token = furnished.world.tokens[call.by]
    answer = furnished.server.call(call.method, call.path, call.body, token=token, headers={"If-Match": '"0"'})
    assert (answer.status, answer.code) == (412, "stale_expectation")
    assert furnished.dump() == before


@pytest.mark.parametrize("which", WRITES)
def test_a_write_with_another_effect_than_planned_is_409_and_writes_nothing(furnished: Furnished, which: str) -> None:
    before = furnished.dump()
    answer = furnished.make(which, furnished.calls[which].by, f"?plan=sha256:{'0' * 64}")
    assert (answer.status, answer.code) == (409, "plan_changed")
    assert furnished.dump() == before


@pytest.mark.parametrize("which", WRITES)
@pytest.mark.parametrize(
    ("query", "headers", "path"),
    [
        ("?dry_run=yes", {}, "dry_run"),
        ("?plan=mine", {}, "plan"),
        ("?reason=" + "a" * 1001, {}, "reason"),
        ("?dryrun=true", {}, "dryrun"),
        ("", {"If-Match": "yesterday"}, "If-Match"),
    ],
)
def test_terms_that_cannot_be_are_told(
    furnished: Furnished, which: str, query: str, headers: dict[str, str], path: str
) -> None:
    call, before = furnished.calls[which], furnished.dump()
    token = furnished.world.tokens[call.by]
    answer = furnished.server.call(call.method, call.path + query, call.body, token=token, headers=headers)
    assert (answer.status, [e["path"] for e in answer.json["errors"]]) == (422, [path])
    assert furnished.dump() == before


def test_every_list_of_what_can_be_written_tells_the_revision_that_a_write_may_name(furnished: Furnished) -> None:
    written = {call.route for call in ALL if call.writes}
    lists = {f"GET {route}" for route in written} | {"GET /v1/practices/{practice}/resources/{type}"}
    for which in sorted(lists & set(EACH)):
        call = furnished.calls[which]
        answer = furnished.make(which, call.by)
        where = "northside" if call.in_a_practice and "/keys" not in call.route else "*"
        revision = furnished.world.services.store.revision(Practice.of(where))
        assert (which, answer.json["revision"], answer.headers["ETag"]) == (which, revision, f'"{revision}"')


def test_whoever_has_the_right_is_served(furnished: Furnished) -> None:
    """Every call in turn, in earnest; each leaves the world fit for those after it, or comes last."""
    unwritten: set[str] = set()
    last = ("DELETE /v1/keys/{id}", "POST /v1/practices/{practice}/requests/{id}/deny")
    for which, call in furnished.calls.items():
        if which in last or call.route.endswith("/owner"):
            continue
        answer = furnished.make(which, call.by)
        assert (which, answer.status) == (which, call.status)
        if call.writes:
            assert (which, answer.json["dry_run"]) == (which, False)
            unwritten |= set() if answer.json["written"] else {which}
    assert unwritten == SO_ALREADY
