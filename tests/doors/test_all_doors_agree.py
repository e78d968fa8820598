"""Whichever door is asked, the answer is the same: in process, check, batch and permissions, on both databases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from authz.bootstrap import Services, services
from authz.core.names import Practice, Subject
from authz.policies import VOCABULARY
from authz.policies.asking import question
from authz.settings import Settings
from tests.api.serving import ROOT, Server, served
from tests.postgresql import Server as PostgreSQL

NORTH = Practice("northside")
ASKERS = ["omar", "ana", "lee", "kim", "ray", "sue", "joe", "old", "far", "op", "nobody"]
VALUES = {
    "author": "user:ray",
    "owner": "user:ray",
    "assignee": "user:ray",
    "named_prescriber": "user:lee",
    "patient": "p1",
    "cosign": "pending",
}
BARE: dict[str, object] = {}
TOLD = {"reason": "asked for by the patient", "epcs_2fa": True}


@dataclass(frozen=True)
class Place:
    """A served demo and, beside it, the same services in process."""

    server: Server
    services: Services
    token: str


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL
) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("doors")
    if request.param == "sqlite":
        yield from opened(folder, f"sqlite:///{folder / 'authz.db'}")
        return
    with postgresql.database() as url:
        yield from opened(folder, url)


def opened(folder: Path, url: str) -> Iterator[Place]:
    """The demo in this database, served."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AUTHZ_")}
    around = {**clean, "AUTHZ_DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    for command in (["db", "upgrade"], ["seed"], ["demo"]):
        subprocess.run(
            [sys.executable, "-m", "authz", *command], cwd=folder, env=around, check=True, stdout=subprocess.DEVNULL
        )
    token = json.loads((folder / "var" / "demo-keys.json").read_text())["service:charting"]
    in_process = services(Settings(database_url=url))
    with served(folder, {"AUTHZ_DATABASE_URL": url}) as server:
        yield Place(server, in_process, token)
    in_process.close()


def resources() -> Iterator[tuple[str, dict[str, object]]]:
    """Each action beside a resource of its type: with no attribute, and with those that conditions look at."""
    for type in VOCABULARY.types.values():
        told = {name: VALUES[name] for name in type.attributes if name in VALUES}
        for state in type.attributes["state"].choices if "state" in type.attributes else ("",):
            attributes = {**told, **({"state": state} if state else {})}
            for action in type.actions:
                yield action, {"type": type.name, "id": "lee", "attributes": attributes}
        for action in type.actions:
            yield action, {"type": type.name}


QUESTIONS = [
    {"subject": f"user:{asker}", "action": action, "resource": resource, "context": context}
    for (asker, (action, resource), context) in product(ASKERS, resources(), (BARE, TOLD))
]


def in_process(place: Place) -> list[dict[str, object]]:
    requests = [question(NORTH, **asked) for asked in QUESTIONS]  # type: ignore[arg-type]
    _, decisions = place.services.checker.check_all(NORTH, requests)
    return [{"allowed": d.allowed, "reason": d.reason.value} for d in decisions]


def test_check_batch_and_permissions_say_what_the_service_decides(place: Place) -> None:
    truth = in_process(place)
    assert {answer["allowed"] for answer in truth} == {True, False}

    through_batch: list[dict[str, object]] = []
    for start in range(0, len(QUESTIONS), 1000):
        part = QUESTIONS[start : start + 1000]
        body = {"practice": "northside", "checks": list(part)}
        through_batch += place.server.call("POST", "/v1/check/batch", body, token=place.token).json["results"]
    short = [{"allowed": answer["allowed"], "reason": answer["reason"]} for answer in through_batch]
    assert [q for q, one, other in zip(QUESTIONS, short, truth, strict=True) if one != other] == []

    for asked, expected in list(zip(QUESTIONS, through_batch, strict=True))[::41]:
        answer = place.server.call("POST", "/v1/check", {"practice": "northside", **asked}, token=place.token).json
        assert {name: answer[name] for name in expected} == expected, asked

    for asker in ASKERS[:-1]:
        path = f"/v1/practices/northside/users/{asker}/permissions"
        listed = place.server.call("GET", path, token=place.token)
        if listed.status == 404:
            assert asker == "far"
            continue
        items = {(item["resource"], item["action"]): [] for item in listed.json["items"]}
        for item in listed.json["items"]:
            items[item["resource"], item["action"]].append(item["conditions"])
        for asked, answer in zip(QUESTIONS, truth, strict=True):
            if asked["subject"] == f"user:{asker}":
                cell = (asked["resource"]["type"], asked["action"])  # type: ignore[index]
                assert not answer["allowed"] or cell in items, ("allowed and not listed", asked)
                assert answer["allowed"] or [] not in items.get(cell, []), (
                    "listed without condition and denied",
                    asked,
                )


def test_the_people_of_one_practice_may_nothing_in_the_other_by_any_door(place: Place) -> None:
    asked = [q for q in QUESTIONS if q["subject"] not in ("user:op", "user:far", "user:nobody")]
    body = {"practice": "southside", "checks": asked[::3][:1000]}
    results = place.server.call("POST", "/v1/check/batch", body, token=place.token).json["results"]
    assert {(answer["allowed"], answer["reason"]) for answer in results} == {(False, "unknown_subject")}
    for asker in ("lee", "omar", "joe"):
        path = f"/v1/practices/southside/users/{asker}/permissions"
        assert place.server.call("GET", path, token=place.token).status == 404


def test_the_same_question_gets_the_same_bytes_three_times(place: Place) -> None:
    for asked in QUESTIONS[::977]:
        bodies = {
            place.server.call("POST", "/v1/check", {"practice": "northside", **asked}, token=place.token).body
            for _ in range(3)
        }
        assert len(bodies) == 1, asked
        assert Subject.parse(str(asked["subject"]))
