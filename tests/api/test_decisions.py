"""Checks over HTTP: a yes, a no, a batch, and who may ask."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authz.core.names import INSTALLATION, Subject
from tests.api.conftest import ACTOR, NORTHSIDE, SOUTHSIDE, World, by
from tests.api.serving import Server

NOTE = {"type": "chart_note", "id": "n1", "attributes": {"author": "user:ray", "state": "draft"}}


def question(**changes: Any) -> dict[str, Any]:
    """Whether ray may edit his own draft, but for what is changed."""
    return {"practice": "northside", "subject": "user:ray", "action": "edit", "resource": NOTE} | changes


def test_a_yes_says_why_and_at_which_revision(server: Server, world: World, charting: str) -> None:
    answer = server.call("POST", "/v1/check", question(), token=charting)
    assert answer.status == 200
    revision = world.services.store.revision(NORTHSIDE)
    assert answer.json == {"allowed": True, "reason": "granted", "revision": revision}


def test_a_no_is_an_answer_with_the_reason_that_helps(server: Server, charting: str) -> None:
    answer = server.call("POST", "/v1/check", question(subject="user:lee"), token=charting)
    assert (answer.status, answer.json["allowed"], answer.json["reason"]) == (200, False, "only_author")


def test_an_unknown_subject_is_a_no_with_that_reason(server: Server, charting: str) -> None:
    for subject in ("user:nobody", "service:nothing", "user:far"):
        answer = server.call("POST", "/v1/check", question(subject=subject), token=charting)
        assert (answer.status, answer.json["allowed"], answer.json["reason"]) == (200, False, "unknown_subject")


def test_obligations_come_flat_with_their_type(server: Server, charting: str) -> None:
    answer = server.call("POST", "/v1/check", question(action="export"), token=charting)
    assert answer.json["allowed"]
    assert answer.json["obligations"] == [{"type": "record_disclosure"}]


def test_the_same_question_gets_the_same_bytes(server: Server, charting: str) -> None:
    for body in (question(), question(subject="user:lee"), question(action="export")):
        assert len({server.call("POST", "/v1/check", body, token=charting).body for _ in range(6)}) == 1


def test_a_batch_is_answered_in_its_order_at_one_revision(server: Server, world: World, charting: str) -> None:
    checks = [
        {"action": "edit", "resource": NOTE},
        {"action": "edit", "resource": NOTE, "subject": "user:lee"},
        {"action": "delete", "resource": NOTE, "context": {"reason": "duplicate"}},
        {"action": "delete", "resource": NOTE},
    ]
    body = {"practice": "northside", "subject": "user:ray", "checks": checks}
    answer = server.call("POST", "/v1/check/batch", body, token=charting)
    assert answer.status == 200
    assert answer.json == {
        "revision": world.services.store.revision(NORTHSIDE),
        "results": [
            {"allowed": True, "reason": "granted"},
            {"allowed": False, "reason": "only_author"},
            {"allowed": True, "reason": "granted"},
            {"allowed": False, "reason": "reason_required"},
        ],
    }


def test_a_batch_gives_its_checks_the_context_that_they_do_not_override(server: Server, charting: str) -> None:
    deletion = {"action": "delete", "resource": NOTE}
    checks = [deletion, {**deletion, "context": {}}]
    body = {"practice": "northside", "subject": "user:ray", "context": {"reason": "duplicate"}, "checks": checks}
    answer = server.call("POST", "/v1/check/batch", body, token=charting)
    assert [result["allowed"] for result in answer.json["results"]] == [True, False]


def test_a_batch_answers_like_as_many_single_checks(server: Server, charting: str) -> None:
    subjects = ["user:omar", "user:lee", "user:ray", "user:joe", "user:nobody"]
    checks = [
        {"subject": subject, "action": action, "resource": NOTE}
        for subject in subjects
        for action in ("read", "edit", "sign", "delete", "purge")
    ]
    batch = server.call("POST", "/v1/check/batch", {"practice": "northside", "checks": checks}, token=charting).json
    for check, result in zip(checks, batch["results"], strict=True):
        single = server.call("POST", "/v1/check", {"practice": "northside", **check}, token=charting).json
        assert single == {**result, "revision": batch["revision"]}


def test_a_batch_may_hold_a_thousand_checks(server: Server, charting: str) -> None:
    body = {"practice": "northside", "subject": "user:ray", "checks": [{"action": "edit", "resource": NOTE}] * 1000}
    answer = server.call("POST", "/v1/check/batch", body, token=charting)
    assert answer.json["results"] == [{"allowed": True, "reason": "granted"}] * 1000


def test_a_revision_that_is_reached_is_answered_from_and_one_that_is_not_is_503(
    server: Server, world: World, charting: str
) -> None:
    now = world.services.store.revision(NORTHSIDE)
    assert server.call("POST", "/v1/check", question(at_least_revision=now), token=charting).status == 200
    answer = server.call("POST", "/v1/check", question(at_least_revision=now + 1000), token=charting)
    assert (answer.status, answer.code) == (503, "store_unavailable")


def test_a_change_is_seen_by_the_very_next_check_in_every_process(server: Server, world: World, charting: str) -> None:
    claim = question(subject="user:joe", action="edit", resource={"type": "claim", "attributes": {"state": "draft"}})
    joe = Subject.user("joe")
    for _ in range(5):
        world.services.grants.grant(ACTOR, NORTHSIDE, joe, "claims-editor")
        assert all(server.call("POST", "/v1/check", claim, token=charting).json["allowed"] for _ in range(4))
        world.services.grants.revoke(ACTOR, NORTHSIDE, joe, "claims-editor")
        assert not any(server.call("POST", "/v1/check", claim, token=charting).json["allowed"] for _ in range(4))


@pytest.mark.parametrize("caller", ["user:lee", "user:joe"])
def test_a_member_may_ask_about_oneself_only(server: Server, world: World, caller: str) -> None:
    token = world.tokens[caller]
    assert server.call("POST", "/v1/check", question(subject=caller), token=token).status == 200
    refused = server.call("POST", "/v1/check", question(subject="user:omar"), token=token)
    assert (refused.status, refused.code) == (403, "not_allowed")


def test_an_admin_may_ask_about_everybody_here(server: Server, world: World) -> None:
    for subject in ("user:lee", "user:omar", "user:nobody"):
        assert (
            server.call("POST", "/v1/check", question(subject=subject), token=world.tokens["user:omar"]).status == 200
        )


def test_one_subject_without_the_right_refuses_the_whole_batch(server: Server, world: World) -> None:
    checks = [{"subject": s, "action": "edit", "resource": NOTE} for s in ("user:lee", "user:lee", "user:ray")]
    answer = server.call(
        "POST", "/v1/check/batch", {"practice": "northside", "checks": checks}, token=world.tokens["user:lee"]
    )
    assert (answer.status, answer.code) == (403, "not_allowed")


def test_another_practice_and_no_practice_look_the_same(server: Server, world: World) -> None:
    token = world.tokens["user:lee"]
    there = server.call("POST", "/v1/check", question(practice="southside", subject="user:lee"), token=token)
    nowhere = server.call("POST", "/v1/check", question(practice="xouthside", subject="user:lee"), token=token)
    assert there.status == nowhere.status == 404
    assert there.body.replace(b"southside", b"xouthside") == nowhere.body


def test_a_practice_that_is_not_there_is_not_found_by_those_who_may_ask_everywhere(
    server: Server, charting: str
) -> None:
    answer = server.call("POST", "/v1/check", question(practice="nowhere"), token=charting)
    assert (answer.status, answer.code) == (404, "not_found")


def test_a_key_bound_to_a_practice_opens_no_other(server: Server, world: World) -> None:
    bound = world.key_for("service:charting", NORTHSIDE)
    assert server.call("POST", "/v1/check", question(), token=bound).status == 200
    there = server.call("POST", "/v1/check", question(practice="southside", subject="user:far"), token=bound)
    nowhere = server.call("POST", "/v1/check", question(practice="xouthside", subject="user:far"), token=bound)
    assert there.status == nowhere.status == 404
    assert there.body.replace(b"southside", b"xouthside") == nowhere.body


def test_a_yes_in_an_emergency_stands_in_the_audit_before_it_is_heard(
    server: Server, world: World, charting: str
) -> None:
    store = world.services.store
    chart = {"type": "chart_note", "id": "n7", "attributes": {"author": "user:lee", "state": "signed", "patient": "p9"}}
    asked = question(subject="user:sue", action="read", resource=chart)
    assert not server.call("POST", "/v1/check", asked, token=charting).json["allowed"]
    world.services.emergencies.start(by("sue", "unconscious at the front desk"), NORTHSIDE, "p9", 10)
    before = store.events(NORTHSIDE, limit=1000)[-1].seq
    answer = server.call("POST", "/v1/check", asked, token=charting, headers={"X-Request-ID": "emergency-1"})
    assert (answer.json["allowed"], answer.json["reason"]) == (True, "emergency")
    batch = {"practice": "northside", "checks": [{**asked, "practice": None}]}
    del batch["checks"][0]["practice"]  # type: ignore[index]
    assert server.call("POST", "/v1/check/batch", batch, token=charting).json["results"][0]["allowed"]
    events = [e.event for e in store.events(NORTHSIDE, after=before)]
    assert [(e.action, e.target, e.actor.subject) for e in events] == [
        ("emergency_decision", "user:sue", "service:charting")
    ] * 2
    assert events[0].actor.request_id == "emergency-1"
    assert events[0].after["resource_id"] == "n7"


def test_permissions_list_what_a_person_may_do(server: Server, world: World, charting: str) -> None:
    answer = server.call("GET", "/v1/practices/northside/users/ray/permissions", token=charting)
    assert answer.status == 200
    assert {"resource": "chart_note", "action": "read", "conditions": []} in answer.json["items"]
    assert not any(item["action"] == "purge" for item in answer.json["items"])
    own = server.call("GET", "/v1/practices/northside/users/ray/permissions", token=world.tokens["user:ray"])
    assert own.body == answer.body


@pytest.mark.parametrize(
    "path",
    [
        "/v1/practices/northside/users/nobody/permissions",
        "/v1/practices/northside/users/far/permissions",
        "/v1/practices/nowhere/users/ray/permissions",
        "/v1/practices/Northside/users/ray/permissions",
        "/v1/practices/*/users/ray/permissions",
        "/v1/practices/northside/users/a%20b/permissions",
        "/v1/practices/northside/users/role:member/permissions",
    ],
)
def test_permissions_of_nobody_are_not_found(server: Server, charting: str, path: str) -> None:
    answer = server.call("GET", path, token=charting)
    assert (answer.status, answer.code) == (404, "not_found")


def test_permissions_of_others_are_for_those_who_may_ask(server: Server, world: World) -> None:
    path = "/v1/practices/northside/users/ray/permissions"
    assert server.call("GET", path, token=world.tokens["user:lee"]).status == 403
    assert server.call("GET", path, token=world.tokens["user:far"]).status == 404
    assert server.call("GET", path, token=world.tokens["user:omar"]).status == 200


def test_equal_names_in_two_practices_stay_apart(server: Server, world: World, charting: str) -> None:
    """A guest's rights of one practice are worth nothing in the other."""
    sheets = {}
    for practice, user in ((NORTHSIDE, "lee"), (SOUTHSIDE, "far")):
        path = f"/v1/practices/{practice}/users/{user}/permissions"
        sheets[practice] = json.dumps(server.call("GET", path, token=charting).json["items"])
    assert sheets[NORTHSIDE] != sheets[SOUTHSIDE]
    crossed = question(practice="southside", subject="user:lee")
    assert server.call("POST", "/v1/check", crossed, token=charting).json["reason"] == "unknown_subject"
    assert world.services.store.revision(INSTALLATION) >= 0
