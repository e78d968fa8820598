"""A stored row that nobody can read costs its own practice at most, and never becomes a yes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.api.conftest import World, made_world
from tests.api.serving import Server, served

READ = {"action": "read", "resource": {"type": "patient", "id": "p1"}}
NORTH = {"practice": "northside", "subject": "user:joe", **READ}
SOUTH = {"practice": "southside", "subject": "user:far", **READ}
INSERT = "INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5, granted_by, origin) VALUES (?,?,?,?,?,?,?,'','')"


@pytest.fixture
def hurt(tmp_path: Path) -> Iterator[tuple[World, Server]]:
    """A served world of this test's own."""
    with made_world(tmp_path) as world, served(tmp_path, {"AUTHZ_DATABASE_URL": world.url}) as server:
        yield world, server


def write_by_hand(world: World, *fields: str) -> None:
    """A row put in behind the service's back, with the revision that makes everyone look again."""
    with closing(sqlite3.connect(world.url.removeprefix("sqlite:///"))) as connection:
        connection.execute(INSERT, fields)
        connection.execute("UPDATE practices SET revision = revision + 1")
        connection.commit()


def test_a_row_that_may_be_a_denial_stops_its_practice_with_503_and_leaves_the_other_alone(
    hurt: tuple[World, Server],
) -> None:
    world, server = hurt
    charting = world.tokens["service:charting"]
    assert server.call("POST", "/v1/check", NORTH, token=charting).json["allowed"] is True
    write_by_hand(world, "p", "member", "northside", "patient", "raed", "always", "deny")
    answer = server.call("POST", "/v1/check", NORTH, token=charting)
    assert (answer.status, answer.code) == (503, "store_unavailable")
    assert b"allowed" not in answer.body
    assert server.call("POST", "/v1/check", SOUTH, token=charting).json["allowed"] is True


def test_a_row_that_could_only_have_allowed_is_set_aside_and_everything_else_goes_on(
    hurt: tuple[World, Server],
) -> None:
    world, server = hurt
    charting = world.tokens["service:charting"]
    write_by_hand(world, "p", "member", "northside", "patient", "purge", "always", "allow")
    write_by_hand(world, "g", "user:joe, practice-admin", "northside", "northside", "", "", "")
    for question in (NORTH, SOUTH):
        assert server.call("POST", "/v1/check", question, token=charting).json["allowed"] is True
    for action in ("purge", "delete"):
        asked = {**NORTH, "action": action}
        assert server.call("POST", "/v1/check", asked, token=charting).json["allowed"] is False
    assert "policy_row_set_aside" in server.log.read_text()
