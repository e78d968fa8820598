"""Who is let go may do nothing from the moment the answer leaves, on any server, and later has the same again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from authz.policies import VOCABULARY
from tests.api.conftest import NORTHSIDE, World, made_world
from tests.api.serving import Server, served

RAY = "/v1/practices/northside/users/ray"
ABOUT_RAY = {"author": "user:ray", "owner": "user:ray", "assignee": "user:ray", "patient": "p1", "state": "draft"}
CHECKS = [
    {
        "action": action,
        "resource": {"type": type.name, "attributes": {k: v for k, v in ABOUT_RAY.items() if k in type.attributes}},
        "context": {"reason": "asked for"},
    }
    for type in VOCABULARY.types.values()
    for action in type.actions
]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Server, Server]]:
    """Two servers on one database."""
    folder, other = (tmp_path_factory.mktemp(name) for name in ("one", "other"))
    with made_world(folder) as world:
        settings = {"AUTHZ_DATABASE_URL": world.url, "AUTHZ_WORKERS": "2"}
        with served(folder, settings) as first, served(other, settings) as second:
            yield world, first, second


def all_of_ray(world: World, server: Server) -> list[tuple[bool, str]]:
    body = {"practice": "northside", "subject": "user:ray", "checks": CHECKS}
    answer = server.call("POST", "/v1/check/batch", body, token=world.tokens["service:charting"])
    assert answer.status == 200, answer.json
    return [(one["allowed"], one["reason"]) for one in answer.json["results"]]


def permissions(world: World, server: Server) -> Any:
    answer = server.call("GET", f"{RAY}/permissions", token=world.tokens["user:omar"])
    assert answer.status == 200
    return answer.json["items"]


def test_every_check_is_a_no_from_the_answer_on_and_reactivation_gives_back_exactly_the_same(
    two: tuple[World, Server, Server],
) -> None:
    world, one, other = two
    omar = world.tokens["user:omar"]
    before, listed = all_of_ray(world, other), permissions(world, one)
    assert sum(allowed for allowed, _ in before) > 30
    for _ in range(5):
        left = one.call("POST", f"{RAY}/deactivate", {"reason": "moved away"}, token=omar)
        nothing = all_of_ray(world, other), all_of_ray(world, one)
        assert nothing == ([(False, "inactive")] * len(CHECKS),) * 2
        assert permissions(world, other) == []
        assert (left.status, left.json["status"]) == (200, "inactive")
        assert left.json["warnings"] == ["future_appointments"]
        [lost] = left.json["effects"]
        assert (lost["subject"], lost["gained"]) == ("user:ray", [])
        back = other.call("POST", f"{RAY}/reactivate", {}, token=omar)
        assert all_of_ray(world, one) == before
        assert permissions(world, one) == permissions(world, other) == listed
        [gained] = back.json["effects"]
        assert (gained["subject"], gained["gained"], gained["lost"]) == ("user:ray", lost["lost"], [])


def test_the_key_of_who_was_let_go_opens_nothing(two: tuple[World, Server, Server]) -> None:
    world, one, other = two
    omar, ray = world.tokens["user:omar"], world.tokens["user:ray"]
    question = {"practice": "northside", "subject": "user:ray", "action": "read", "resource": {"type": "patient"}}
    assert other.call("POST", "/v1/check", question, token=ray).status == 200
    assert one.call("POST", f"{RAY}/deactivate", token=omar).status == 200
    for server in (one, other):
        assert server.call("POST", "/v1/check", question, token=ray).status == 401
        assert server.call("GET", "/v1/practices/northside/users", token=ray).status == 401
    assert one.call("POST", f"{RAY}/reactivate", token=omar).status == 200
    assert other.call("POST", "/v1/check", question, token=ray).json["allowed"] is True


def test_nobody_lets_themselves_go_and_no_practice_is_left_without_its_owner(two: tuple[World, Server, Server]) -> None:
    world, one, _ = two
    users = "/v1/practices/northside/users"
    ana = {"id": "ana", "email": "ana@northside.example", "name": "Ana", "access": {"admin": True}}
    assert one.call("POST", users, ana, token=world.tokens["user:omar"]).status == 201
    world.tokens["user:ana"] = world.key_for("user:ana")
    refused = {
        ("ana", "user:ana"): (403, "not_allowed"),
        ("omar", "user:omar"): (403, "not_allowed"),
        ("lee", "user:lee"): (403, "not_allowed"),
        ("omar", "user:ana"): (409, "owner"),
        ("omar", "user:op"): (409, "owner"),
        ("ray", "user:lee"): (403, "not_allowed"),
        ("ray", "user:rev"): (403, "not_allowed"),
        ("ray", "service:charting"): (403, "not_allowed"),
        ("ray", "user:sadm"): (404, "not_found"),
        ("far", "user:omar"): (404, "not_found"),
        ("nobody", "user:omar"): (404, "not_found"),
    }
    for (who, by), expected in refused.items():
        before = world.services.store.revision(NORTHSIDE), world.services.store.last_event(NORTHSIDE)
        for query in ("", "?dry_run=true"):
            answer = one.call("POST", f"{users}/{who}/deactivate{query}", token=world.tokens[by])
            assert (who, by, answer.status, answer.code) == (who, by, *expected)
        assert (world.services.store.revision(NORTHSIDE), world.services.store.last_event(NORTHSIDE)) == before
    assert one.call("POST", f"{users}/ana/deactivate", token=world.tokens["user:omar"]).status == 200
    assert one.call("POST", f"{users}/ana/reactivate", token=world.tokens["user:ana"]).status == 401


def test_the_warnings_name_what_is_left_behind_and_again_when_asked_again(two: tuple[World, Server, Server]) -> None:
    world, one, other = two
    omar, lee = world.tokens["user:omar"], "/v1/practices/northside/users/lee"
    left_behind = ["future_appointments"]
    assert one.call("PATCH", RAY, {"supervisor": "lee"}, token=omar).status == 200
    planned = one.call("POST", f"{lee}/deactivate?dry_run=true", token=omar).json
    assert (planned["warnings"], planned["status"]) == ([*left_behind, "names_others"], "inactive")
    assert one.call("GET", lee, token=omar).json["status"] == "active"
    first = one.call("POST", f"{lee}/deactivate", {"plan": planned["plan"]}, token=omar).json
    again = other.call("POST", f"{lee}/deactivate", token=omar).json
    assert first["warnings"] == again["warnings"] == planned["warnings"]
    assert (again["revision"], again["effects"]) == (first["revision"], [])
    assert one.call("GET", RAY, token=omar).json["supervisor"] == "user:lee"
    assert one.call("POST", f"{lee}/reactivate", token=omar).json["warnings"] == []
    assert one.call("PATCH", RAY, {"supervisor": None}, token=omar).status == 200
    assert one.call("POST", f"{lee}/deactivate?dry_run=true", token=omar).json["warnings"] == left_behind


def test_a_guest_let_go_at_home_may_do_nothing_anywhere_and_let_go_here_only_here(
    two: tuple[World, Server, Server],
) -> None:
    world, one, other = two
    south, guest = "/v1/practices/southside/users/ray", "/v1/practices/southside/guests/ray"
    sadm, omar, charting = (world.tokens[who] for who in ("user:sadm", "user:omar", "service:charting"))
    assert one.call("PUT", guest, {"seat": "office"}, token=sadm).status == 200

    def reads() -> list[tuple[bool, str]]:
        asked = {"subject": "user:ray", "action": "read", "resource": {"type": "patient"}}
        bodies = [{"practice": practice, **asked} for practice in ("northside", "southside")]
        told = [
            server.call("POST", "/v1/check", body, token=charting).json for server in (one, other) for body in bodies
        ]
        assert told[:2] == told[2:]
        return [(answer["allowed"], answer["reason"]) for answer in told[:2]]

    yes, no = (True, "granted"), (False, "inactive")
    assert reads() == [yes, yes]
    for path, by, then in (
        (f"{south}/deactivate", sadm, [yes, no]),
        (f"{south}/reactivate", sadm, [yes, yes]),
        (f"{RAY}/deactivate", omar, [no, no]),
        (f"{south}/reactivate", sadm, [no, no]),
        (f"{RAY}/reactivate", omar, [yes, yes]),
    ):
        assert one.call("POST", path, token=by).status == 200
        assert (path, reads()) == (path, then)
