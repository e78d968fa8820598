"""A database that is missing, read-only, locked, spoilt or gone: 503, a problem, and never an answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.api.conftest import NORTHSIDE, World, by, made_world
from tests.api.serving import Answer, Server, served
from tests.api.test_bad_input import problem
from tests.api.test_decisions import question

KEY = {"subject": "service:charting", "label": "x"}


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[World]:
    """A world that a test may break."""
    with made_world(tmp_path) as made:
        yield made


@pytest.fixture
def breakable(apart: World, tmp_path: Path) -> Iterator[Server]:
    with served(tmp_path, {"AUTHZ_DATABASE_URL": apart.url}) as server:
        yield server


def unavailable(answer: Answer) -> None:
    assert problem(answer, 503)["code"] == "store_unavailable"
    assert int(answer.headers["Retry-After"]) > 0
    assert b"sqlite" not in answer.body
    assert b"authz.db" not in answer.body


def test_a_missing_database_is_alive_but_not_ready_and_decides_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nothing' / 'authz.db'}"
    with served(tmp_path, {"AUTHZ_DATABASE_URL": url}) as server:
        assert server.call("GET", "/healthz").status == 200
        unavailable(server.call("GET", "/readyz"))
        unavailable(server.call("POST", "/v1/check", question(), token="azk_any"))
    assert not (tmp_path / "nothing").exists()


def test_a_database_without_its_tables_decides_nothing(tmp_path: Path) -> None:
    (tmp_path / "authz.db").touch()
    with served(tmp_path, {"AUTHZ_DATABASE_URL": f"sqlite:///{tmp_path / 'authz.db'}"}) as server:
        unavailable(server.call("GET", "/readyz"))
        unavailable(server.call("POST", "/v1/check", question(), token="azk_any"))


def test_a_locked_database_takes_no_key_and_makes_nothing_up(apart: World, breakable: Server, tmp_path: Path) -> None:
    operator = apart.tokens["user:op"]
    with closing(sqlite3.connect(tmp_path / "authz.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        unavailable(breakable.call("POST", "/v1/keys", KEY, token=operator))
        answer = breakable.call("POST", "/v1/check", question(), token=operator)
        assert answer.status == 200 or problem(answer, 503)
        other.execute("ROLLBACK")
    assert breakable.call("POST", "/v1/keys", KEY, token=operator).status == 201


def test_a_read_only_database_decides_but_takes_nothing_down(apart: World, tmp_path: Path) -> None:
    chart = {"type": "chart_note", "id": "n7", "attributes": {"author": "user:lee", "state": "signed", "patient": "p9"}}
    emergency = question(subject="user:sue", action="read", resource=chart)
    apart.services.emergencies.start(by("sue", "unconscious at the front desk"), NORTHSIDE, "p9", 10)
    operator = apart.tokens["user:op"]
    with served(tmp_path, {"AUTHZ_DATABASE_URL": f"{apart.url}?mode=ro"}) as server:
        assert server.call("POST", "/v1/check", question(), token=operator).json["allowed"]
        unavailable(server.call("POST", "/v1/keys", KEY, token=operator))
        unavailable(server.call("POST", "/v1/check", emergency, token=operator))


def test_a_database_that_goes_in_mid_flight_is_missed_at_once(apart: World, breakable: Server, tmp_path: Path) -> None:
    token = apart.tokens["service:charting"]
    assert breakable.call("POST", "/v1/check", question(), token=token).json["allowed"]
    for file in tmp_path.glob("authz.db*"):
        file.unlink()
    for _ in range(4):
        unavailable(breakable.call("POST", "/v1/check", question(), token=token))
    assert not list(tmp_path.glob("authz.db*"))


def test_a_database_replaced_by_something_else_decides_nothing(apart: World, breakable: Server, tmp_path: Path) -> None:
    token = apart.tokens["service:charting"]
    assert breakable.call("POST", "/v1/check", question(), token=token).json["allowed"]
    (tmp_path / "something else").write_bytes(b"this is no database" * 1000)
    (tmp_path / "something else").replace(tmp_path / "authz.db")
    for _ in range(4):
        unavailable(breakable.call("POST", "/v1/check", question(), token=token))
    unavailable(breakable.call("GET", "/readyz"))
    assert breakable.call("GET", "/healthz").status == 200
