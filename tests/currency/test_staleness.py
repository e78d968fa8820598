"""How old an answer may be is the operator's to allow and the caller's to narrow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.api.conftest import ACTOR, NORTHSIDE, World, world_in
from tests.api.serving import Answer, Server, served
from tests.api.test_bad_input import problem
from tests.currency.racing import JOE, QUESTION, ROLE
from tests.postgresql import Server as Postgresql

ONE = {name: QUESTION[name] for name in ("subject", "action", "resource")}
BATCH = {"practice": "northside", "checks": [ONE, ONE]}
PATIENCE_SECONDS = 20


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(
    request: pytest.FixtureRequest, postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A world that these tests change together, once in each kind of database."""
    with ExitStack() as stack:
        file = tmp_path_factory.mktemp("shared") / "authz.db"
        url = f"sqlite:///{file}" if request.param == "sqlite" else stack.enter_context(postgresql.database())
        yield stack.enter_context(world_in(url))


@pytest.fixture(scope="module")
def lenient(shared: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose operator lets answers be a minute old."""
    environment = {"AUTHZ_DATABASE_URL": shared.url, "AUTHZ_MAX_STALENESS": "60"}
    with served(tmp_path_factory.mktemp("lenient"), environment) as running:
        yield running


def ask(server: Server, world: World, **more: object) -> Answer:
    return server.call("POST", "/v1/check", QUESTION | more, token=world.tokens["service:charting"])


def unannounced(world: World, monkeypatch: pytest.MonkeyPatch) -> int:
    """A write that nobody is told of; its revision."""
    monkeypatch.setattr(world.services.store._database, "_announcing", "")
    return written(world)


def written(world: World) -> int:
    """The revision after a role was taken and granted."""
    world.services.grants.revoke(ACTOR, NORTHSIDE, JOE, ROLE)
    return world.services.grants.grant(ACTOR, NORTHSIDE, JOE, ROLE).revision


def test_without_leave_answers_state_no_age(shared: World, tmp_path: Path) -> None:
    token = shared.tokens["service:charting"]
    with served(tmp_path, {"AUTHZ_DATABASE_URL": shared.url}) as server:
        assert "age_ms" not in ask(server, shared, max_age_ms=0).json
        assert "age_ms" not in server.call("POST", "/v1/check/batch", BATCH | {"max_age_ms": 5}, token=token).json


def test_with_leave_every_answer_states_its_age(shared: World, lenient: Server) -> None:
    token = shared.tokens["service:charting"]
    for _ in range(3):
        assert 0 <= ask(lenient, shared).json["age_ms"] <= 60_000
        assert 0 <= lenient.call("POST", "/v1/check/batch", BATCH, token=token).json["age_ms"] <= 60_000
    for path, body in (("/v1/check", QUESTION), ("/v1/check/batch", BATCH)):
        behind = lenient.call("POST", f"{path}?lane=no", body, token=token)
        assert behind.json["age_ms"] == 0


def test_a_caller_may_ask_for_an_answer_of_now(shared: World, lenient: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(lenient, shared)
    revision = unannounced(shared, monkeypatch)
    assert ask(lenient, shared, max_age_ms=0).json["revision"] == revision
    assert ask(lenient, shared, max_age_ms=0).json["age_ms"] == 0


def test_a_caller_may_ask_for_what_is_not_older_than_a_revision(
    shared: World, lenient: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(lenient, shared)
    revision = unannounced(shared, monkeypatch)
    assert ask(lenient, shared, at_least_revision=revision).json["revision"] == revision


def test_a_revision_that_has_not_come_is_waited_for_in_bounds(shared: World, lenient: Server) -> None:
    answer = ask(lenient, shared, at_least_revision=10**6)
    assert problem(answer, 503)["code"] == "store_unavailable"
    assert answer.headers["Retry-After"] == "1"


def test_a_write_is_heard_of_long_before_answers_are_too_old(shared: World, lenient: Server) -> None:
    ask(lenient, shared)
    revision = written(shared)
    give_up = time.monotonic() + PATIENCE_SECONDS
    while ask(lenient, shared).json["revision"] < revision:
        assert time.monotonic() < give_up
    assert ask(lenient, shared).json["allowed"] is True


@pytest.mark.parametrize("value", [-1, 1.0, "1", True, None, 2**53])
def test_an_age_is_a_whole_number(shared: World, lenient: Server, value: object) -> None:
    errors = problem(ask(lenient, shared, max_age_ms=value), 422)["errors"]
    assert [error["path"] for error in errors] == ["max_age_ms"]
