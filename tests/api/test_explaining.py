"""POST /v1/explain: who may ask, what it tells now, and what it tells of a time that has been."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from authz.core.moments import told
from authz.core.names import Subject
from authz.managing import Wish
from tests.api.conftest import ACTOR, NORTHSIDE, World
from tests.api.serving import Server
from tests.api.test_decisions import NOTE, question


def explain(server: Server, token: str, **changes: Any) -> Any:
    answer = server.call("POST", "/v1/explain", question(**changes), token=token)
    assert answer.status == 200, answer.body
    return answer.json


def test_a_yes_names_the_row_the_grant_and_who_gave_it(server: Server, charting: str) -> None:
    found = explain(server, charting)
    assert (found["allowed"], found["reason"]) == (True, "granted")
    assert found["rule"]["role"] == "practitioner"
    file, _, line = found["rule"]["source"].partition(":")
    assert file == "policy_seed.csv"
    held = next(role for role in found["roles"] if role["role"] == "practitioner")
    assert held["granted_by"]
    assert datetime.fromisoformat(held["granted_at"]) <= datetime.now(UTC)
    assert found["conditions"]["own"] is True
    assert line in found["text"]
    assert found["would_allow"] == []


def test_a_no_says_what_was_missing_and_what_would_allow_it(server: Server, charting: str) -> None:
    found = explain(server, charting, subject="user:lee")
    assert (found["allowed"], found["reason"], found["rule"]) == (False, "only_author", None)
    assert [near["missing"] for near in found["rules"] if near["role_held"]] == [["own"], ["shared"]]
    switch = {"kind": "switch", "user": "user:ray", "switch": "others_can_edit_my_charts", "to": True}
    assert [one["steps"] for one in found["would_allow"]] == [[switch]]
    assert "others_can_edit_my_charts" in found["text"]


def test_what_nothing_would_allow_is_said_to_be_so(server: Server, charting: str) -> None:
    found = explain(server, charting, subject="user:lee", action="sign")
    assert found["would_allow"] == []
    assert "No switch and no role would allow it" in found["text"]
    assert "its author or owner is the asker" in found["text"]


def test_the_same_question_gets_the_same_bytes(server: Server, charting: str) -> None:
    for body in (question(), question(subject="user:lee")):
        assert len({server.call("POST", "/v1/explain", body, token=charting).body for _ in range(4)}) == 1


def test_who_may_not_ask_is_told_nothing(server: Server, world: World) -> None:
    for by, status in (("user:lee", 403), ("user:sadm", 404)):
        answer = server.call("POST", "/v1/explain", question(), token=world.tokens[by])
        assert answer.status == status
        assert {"allowed", "roles", "rules", "text"}.isdisjoint(answer.json)
    assert explain(server, world.tokens["user:lee"], subject="user:lee")["reason"] == "only_author"


@pytest.mark.parametrize("at", [0, -1, True, "yesterday", "2026-11-23T08:00:00", None, [], 2**70])
def test_a_time_that_is_none_is_refused(server: Server, world: World, at: object) -> None:
    answer = server.call("POST", "/v1/explain", {**question(), "at": at}, token=world.tokens["user:omar"])
    assert (answer.status, [error["path"] for error in answer.json["errors"]]) == (422, ["at"])


def test_it_tells_how_it_was_and_records_who_was_told(server: Server, world: World) -> None:
    omar, ray = world.tokens["user:omar"], Subject.user("ray")
    revision, then = world.services.store.revision(NORTHSIDE), datetime.now(UTC)
    world.services.memberships.deactivate(ACTOR, NORTHSIDE, ray)
    try:
        assert explain(server, omar)["reason"] == "inactive"
        for at in (revision, told(then)):
            found = explain(server, omar, at=at)
            assert (found["allowed"], found["rule"]["role"]) == (True, "practitioner")
        event = world.services.store.events(NORTHSIDE, world.services.store.last_event(NORTHSIDE) - 1)[0].event
        assert (event.action, event.actor.subject, event.target) == ("past_explained", "user:omar", "user:ray")
    finally:
        world.services.memberships.reactivate(ACTOR, NORTHSIDE, ray)
    assert explain(server, omar, at=revision)["allowed"]


def test_what_was_is_for_those_who_may_read_the_record(server: Server, world: World, charting: str) -> None:
    body = {**question(), "at": world.services.store.revision(NORTHSIDE)}
    assert server.call("POST", "/v1/explain", body, token=charting).status == 403
    lee = {**body, "subject": "user:lee"}
    assert server.call("POST", "/v1/explain", lee, token=world.tokens["user:lee"]).status == 403
    for at in (told(datetime(2020, 1, 1, tzinfo=UTC)), told(datetime.now(UTC) + timedelta(days=1)), 10**6):
        answer = server.call("POST", "/v1/explain", {**body, "at": at}, token=world.tokens["user:omar"])
        assert (answer.status, answer.json["errors"][0]["path"]) == (422, "at")


def test_a_registered_resource_is_explained_as_it_is_checked(server: Server, world: World, charting: str) -> None:
    resource = {"type": "chart_note", "id": "explained-1"}
    put = {"attributes": NOTE["attributes"]}
    path = "/v1/practices/northside/resources/chart_note/explained-1"
    assert server.call("PUT", path, put, token=world.tokens["service:intake"]).status == 200
    found = explain(server, charting, resource=resource)
    assert (found["allowed"], found["conditions"]["own"]) == (True, True)


def test_who_may_not_see_the_roles_of_the_practice_is_told_of_none(server: Server, world: World, charting: str) -> None:
    roles, joe = world.services.roles, world.tokens["user:joe"]
    roles.put_role(ACTOR, NORTHSIDE, "hidden-lead", "Lead", [Wish("claim", "read")])
    roles.put_analytics_role(ACTOR, NORTHSIDE, "hidden-takings", "Takings", ["fin.sales_tax"])
    try:
        report = {"action": "view", "resource": {"type": "analytics_report", "id": "fin.sales_tax"}}
        unheard_of = {"action": "view", "resource": {"type": "analytics_report", "id": "fin.no_such"}}
        claim = {"action": "read", "resource": {"type": "claim", "id": "c1"}}
        for token in (joe, charting):
            told = [
                server.call("POST", "/v1/explain", question(subject="user:joe", **asked), token=token).body
                for asked in (report, unheard_of, claim)
            ]
            assert told[0] == told[1]
            assert not any(b"hidden-" in body for body in told)
            assert b"told to those who may see the roles" in told[0]
        for token in (world.tokens["user:omar"], world.tokens["user:rev"]):
            for asked, role in ((report, "hidden-takings"), (claim, "hidden-lead")):
                found = explain(server, token, subject="user:joe", **asked)
                assert role in {near["role"] for near in found["rules"]}
                assert role in str(found["would_allow"])
        world.services.grants.grant(ACTOR, NORTHSIDE, Subject.user("joe"), "hidden-lead")
        assert explain(server, joe, subject="user:joe", **claim)["rule"]["role"] == "hidden-lead"
        world.services.grants.revoke(ACTOR, NORTHSIDE, Subject.user("joe"), "hidden-lead")
    finally:
        roles.remove(ACTOR, NORTHSIDE, "role", "hidden-lead")
        roles.remove(ACTOR, NORTHSIDE, "analytics", "hidden-takings")
