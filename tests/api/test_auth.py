"""Who gets in: strangers nowhere, keys while they last, and each where it may."""

from __future__ import annotations

import pytest

from authz.core.names import Subject
from tests.api.conftest import ACTOR, SOUTHSIDE, World
from tests.api.routes import calls
from tests.api.serving import Server

NAMES = {"key": "k1", "request": "k1", "emergency": "k1", "open_emergency": "k1"}
ROUTES = sorted({(call.method, call.route.replace("{id}", "k1")) for call in calls(NAMES)})
BAD_HEADERS = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Basic dXNlcjpwYXNz",
    "azk_something",
    "Bearer azk_",
    "Bearer azk_unknown",
    "Bearer azk_" + "a" * 4000,
    "Bearer not-a-token",
    "Bearer a.b.c",
    "Bearer \u00fc",
    "Bearer azk_a, Bearer azk_b",
]


def documented_routes(server: Server) -> set[tuple[str, str]]:
    paths = server.call("GET", "/openapi.json").json["paths"]
    return {
        (method.upper(), path.replace("{id}", "k1"))
        for path, operations in paths.items()
        for method in operations
        if path.startswith("/v1/") and method in ("get", "post", "put", "patch", "delete")
    }


def test_the_routes_tried_here_are_all_there_are(server: Server) -> None:
    assert documented_routes(server) == set(ROUTES)


@pytest.mark.parametrize(("method", "path"), [*ROUTES, ("GET", "/"), ("GET", "/v1/nothing"), ("PATCH", "/v1/check")])
@pytest.mark.parametrize("header", BAD_HEADERS)
def test_no_stranger_gets_past_the_door(server: Server, method: str, path: str, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = server.call(method, path, b"{", headers=headers)
    assert (answer.status, answer.code) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/docs/swagger-ui.css"])
def test_what_is_public_asks_for_no_token_and_looks_at_none(server: Server, path: str) -> None:
    assert server.call("GET", path).status == 200
    assert server.call("GET", path, headers={"Authorization": "Bearer azk_unknown"}).status == 200


@pytest.mark.parametrize("path", ["/docs/../v1/vocabulary", "/docs/%2e%2e/v1/vocabulary", "/healthz/", "/docs/x/y"])
def test_nothing_else_hides_behind_a_public_path(server: Server, path: str) -> None:
    assert server.call("GET", path).status in (401, 404)


def test_a_revoked_key_opens_nothing_from_the_next_request_on(server: Server, world: World) -> None:
    operator = world.tokens["user:op"]
    made = server.call("POST", "/v1/keys", {"subject": "service:charting", "label": "short"}, token=operator).json
    for _ in range(4):
        assert server.call("GET", "/v1/vocabulary", token=made["token"]).status == 200
    assert server.call("DELETE", f"/v1/keys/{made['id']}", token=operator).status == 200
    for _ in range(4):
        assert server.call("GET", "/v1/vocabulary", token=made["token"]).status == 401


def test_a_person_who_was_deactivated_has_no_use_for_a_key(server: Server, world: World) -> None:
    far, token = Subject.user("far"), world.tokens["user:far"]
    assert server.call("GET", "/v1/vocabulary", token=token).status == 200
    world.services.memberships.deactivate(ACTOR, SOUTHSIDE, far)
    assert server.call("GET", "/v1/vocabulary", token=token).status == 401
    world.services.memberships.reactivate(ACTOR, SOUTHSIDE, far)
    assert server.call("GET", "/v1/vocabulary", token=token).status == 200


def test_any_good_token_reads_the_vocabulary(server: Server, world: World) -> None:
    for token in world.tokens.values():
        types = server.call("GET", "/v1/vocabulary", token=token).json["resource_types"]
        assert "chart_note" in {type["name"] for type in types}


@pytest.mark.parametrize("caller", ["service:charting", "user:rev", "user:omar", "user:lee", "user:far"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/keys"), ("DELETE", "/v1/keys/k1")])
def test_keys_are_made_and_ended_by_the_operator_alone(
    server: Server, world: World, caller: str, method: str, path: str
) -> None:
    body = {"subject": "user:op", "label": "mine"} if method == "POST" else None
    answer = server.call(method, path, body, token=world.tokens[caller])
    assert (answer.status, answer.code) == (403, "not_allowed")


def test_keys_are_listed_by_those_who_run_or_review_the_installation(server: Server, world: World) -> None:
    statuses = {caller: server.call("GET", "/v1/keys", token=token).status for caller, token in world.tokens.items()}
    assert {caller for caller, status in statuses.items() if status == 200} == {"user:op", "user:rev"}
    assert set(statuses.values()) == {200, 403}
