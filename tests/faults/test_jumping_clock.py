"""A wall clock that is set forwards and back: what ends, ends by the clock as it is, whatever was remembered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import NORTHSIDE, World, made_world
from tests.api.serving import Server, served
from tests.api.test_bad_input import problem
from tests.currency.racing import GRANT, QUESTION, P
from tests.faults.jumping import OFFSET_FILE
from tests.kept import Client, clients_of_every_worker

HOUR = 3600
WORKERS = 2
CHART = {"type": "chart_note", "id": "n7", "attributes": {"author": "user:lee", "patient": "p1"}}
# What ends in an hour counts by a clock that shows an earlier moment; an emergency also has a beginning.
BY_THE_CLOCK = {
    0: (True, 200, True),
    2 * HOUR: (False, 401, False),
    -2 * HOUR: (True, 200, False),
}


@dataclass(frozen=True)
class Clock:
    """The clock of a server."""

    file: Path

    def jump(self, seconds: int) -> None:
        """From now on it is so many seconds before or behind the machine's."""
        moved = self.file.with_suffix(".new")
        moved.write_text(str(seconds))
        moved.replace(self.file)


@contextmanager
def under_a_clock(folder: Path, url: str, **settings: str) -> Iterator[tuple[Server, Clock]]:
    clock = Clock(folder / "offset")
    clock.jump(0)
    environment = {"AUTHZ_DATABASE_URL": url, OFFSET_FILE: str(clock.file), **settings}
    with served(folder, environment, "tests.faults.jumping:application()") as server:
        yield server, clock


def ask(client: Client, token: str, **more: object) -> Any:
    return client.call("POST", "/v1/check", QUESTION | more, token=token).json


def test_what_ends_ends_by_the_clock_however_it_was_set_before(apart: World, tmp_path: Path) -> None:
    charting, omar = apart.tokens["service:charting"], apart.tokens["user:omar"]
    ends = {"expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    with under_a_clock(tmp_path, apart.url, AUTHZ_WORKERS=str(WORKERS)) as (server, clock):
        assert server.call("PUT", GRANT, ends, token=omar).status == 200
        key = {"subject": "service:charting", "label": "for an hour", **ends}
        passing = server.call("POST", "/v1/keys", key, token=apart.tokens["user:op"]).json["token"]
        broken = {"patient": "p1", "minutes": 60, "reason": "unconscious at the front desk"}
        assert server.call("POST", f"{P}/emergency-access", broken, token=apart.tokens["user:sue"]).status == 201
        with clients_of_every_worker(server, WORKERS, 1) as clients:
            for seconds in (0, 2 * HOUR, 0, -2 * HOUR, 2 * HOUR, -2 * HOUR, 0):
                clock.jump(seconds)
                for client in clients:
                    found = (
                        ask(client, charting)["allowed"],
                        client.call("POST", "/v1/check", QUESTION, token=passing).status,
                        ask(client, charting, subject="user:sue", resource=CHART)["allowed"],
                    )
                    assert found == BY_THE_CLOCK[seconds], seconds


def test_writes_go_on_and_their_record_stays_whole_whatever_the_clock_shows(apart: World, tmp_path: Path) -> None:
    omar = apart.tokens["user:omar"]
    with under_a_clock(tmp_path, apart.url) as (server, clock):
        for seconds in (0, 400 * 24 * HOUR, -400 * 24 * HOUR, HOUR, 0):
            clock.jump(seconds)
            for method in ("PUT", "DELETE"):
                answer = server.call(method, GRANT, token=omar)
                assert answer.status == 200
                checked = server.call("POST", "/v1/check", QUESTION, token=apart.tokens["service:charting"])
                assert checked.json["allowed"] is (method == "PUT")
                assert checked.json["revision"] == answer.json["revision"]
        assert server.call("GET", f"{P}/audit/verify", token=omar).json["intact"] is True
    moments = [event.at for event in apart.services.store.events(NORTHSIDE, limit=1_000)]
    assert moments != sorted(moments)


@pytest.mark.parametrize("seconds", [-24 * HOUR, 24 * HOUR])
def test_the_age_of_an_answer_is_not_told_by_a_clock_that_jumps(tmp_path: Path, seconds: int) -> None:
    with made_world(tmp_path) as world, under_a_clock(tmp_path, world.url, AUTHZ_MAX_STALENESS="2") as (server, clock):
        database, away = tmp_path / "authz.db", tmp_path / "away.db"
        client, token = Client(server), world.tokens["service:charting"]
        assert ask(client, token)["age_ms"] == 0
        database.rename(away)
        clock.jump(seconds)
        ages = []
        while (answer := client.call("POST", "/v1/check", QUESTION, token=token)).status == 200:
            ages.append(answer.json["age_ms"])
        assert problem(answer, 503)["code"] == "store_unavailable"
        assert ages == sorted(ages)
        assert 0 <= ages[0] <= ages[-1] <= 2_000
        away.rename(database)
        assert ask(client, token)["age_ms"] == 0
        client.close()
