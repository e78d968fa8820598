"""The rows that are told are those that decide: plain Casbin, given nothing else, answers alike."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import casbin
import pytest

from authz.api import create_app
from authz.cli import run
from authz.core.names import Practice, Subject
from authz.engine import PlainCasbin
from authz.engine.enforcers import holds, silence_casbin
from authz.policies.shipped import shipped
from authz.policies.switches import default_sheet
from tests.api.conftest import ACTOR, World, made_world

PATH = "/v1/practices/northside/policy"
RAY, JOE = Subject.user("ray"), Subject.user("joe")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with made_world(tmp_path_factory.mktemp("rows")) as world:
        north, now = Practice("northside"), world.services.now()
        world.services.grants.grant(ACTOR, north, RAY, "claims-editor", now + timedelta(hours=1))
        world.services.people.add(ACTOR, north, "old", "old@northside.example", "Old", "office", default_sheet())
        world.services.memberships.deactivate(ACTOR, north, Subject.user("old"))
        yield world


def told(world: World, by: str = "user:rev") -> Any:
    client = create_app(world.services).test_client()
    return client.get(PATH, headers={"Authorization": f"Bearer {world.tokens[by]}"})


def test_plain_casbin_given_these_rows_answers_as_this_service_does(place: World, tmp_path: Path) -> None:
    silence_casbin()
    file = tmp_path / "policy.csv"
    file.write_bytes(told(place).data)
    plain = casbin.Enforcer(str(shipped("model.conf")), str(file))
    silence_casbin()
    plain.add_function("holds", holds)
    held = place.services.checker.held(Practice("northside"))
    ours = PlainCasbin(shipped("model.conf")).prepare(held.rows())
    seen = set()
    facts = frozenset({"own", "draft", "provider_seat", "shared"})
    for subject in (RAY, JOE, Subject.user("omar"), Subject("service", "charting"), Subject.user("old")):
        for rule in held.rules[::7]:
            for known in (frozenset[str](), facts, frozenset(rule.conditions)):
                answer = plain.enforce(str(subject), "northside", rule.resource, rule.action, known)
                assert answer == ours.allows(subject, rule.resource, rule.action, known)
                seen.add(answer)
    assert seen == {True, False}


def test_what_is_in_force_is_told_and_nothing_else(place: World) -> None:
    answer = told(place)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=absent"
    assert answer.headers["ETag"] == f'"{place.services.store.revision(Practice("northside"))}"'
    rows = [*csv.reader(answer.text.splitlines())]
    held = {(who, role) for kind, who, role, *_ in rows if kind == "g"}
    assert {("user:ray", "claims-editor"), ("user:joe", "member"), ("user:omar", "practice-admin")} <= held
    assert not any(who in ("user:old", "user:far", "user:sadm") for who, _ in held)
    assert {row[3] for row in rows if row[0] == "g"} == {"northside"}
    assert {row[2] for row in rows if row[0] == "p"} == {"*"}


@pytest.mark.parametrize(
    ("by", "status"),
    [("user:omar", 200), ("user:op", 200), ("user:joe", 403), ("service:charting", 403), ("user:sadm", 404)],
)
def test_only_who_may_read_roles_and_grants_is_told(place: World, by: str, status: int) -> None:
    answer = told(place, by=by)
    assert answer.status_code == status
    assert ("user:ray" in answer.text) is (status == 200)


def test_the_command_prints_the_same_rows(
    place: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUTHZ_DATABASE_URL", place.url)
    assert run(["policy", "rows", "northside"]) == 0
    assert capsys.readouterr().out == told(place).text
    assert run(["policy", "rows", "nowhere"]) == 2
