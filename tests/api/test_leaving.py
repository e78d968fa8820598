"""Who is let go may do nothing from the moment the answer leaves, on any server, and later has the same again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from authz.policies import VOCABULARY
from tests.api.conftest import World, made_world
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
        assert {"future_appointments", "open_cosign_tasks"} <= set(left.json["warnings"])
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
