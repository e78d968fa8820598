"""A worker killed in the midst of its work takes nothing with it but its connections."""

from __future__ import annotations

import time
from pathlib import Path

from tests.api.conftest import World
from tests.api.serving import served
from tests.faults.load import LOST, PATIENCE_SECONDS, load
from tests.kept import workers

KILLS = 3


def test_the_others_go_on_another_takes_its_place_and_no_acknowledged_write_is_lost(
    apart: World, tmp_path: Path
) -> None:
    with served(tmp_path, {"AUTHZ_DATABASE_URL": apart.url, "AUTHZ_WORKERS": "2"}) as server:
        with load(apart, [server]) as under:
            for kill in range(KILLS):
                before = workers(server)
                # The one with the most to do; the last time all of them.
                before.sort(key=lambda one: len(one.net_connections("tcp")), reverse=True)
                struck = before[:1] if kill < KILLS - 1 else before
                for worker in struck:
                    worker.kill()
                under.goes_on()
                give_up = time.monotonic() + PATIENCE_SECONDS
                while len({*workers(server)} - {*struck}) < 2:
                    assert time.monotonic() < give_up, "no other worker came"
                    time.sleep(0.01)
        assert under.told[LOST] > 0
        assert {*under.told} == {200, LOST}


def test_one_that_stood_still_for_a_while_answers_nothing_old_when_it_goes_on(apart: World, tmp_path: Path) -> None:
    environment = {"AUTHZ_DATABASE_URL": apart.url, "AUTHZ_WORKERS": "2"}
    with (
        served(tmp_path, environment) as one,
        served(tmp_path, environment) as other,
        load(apart, [one, other], readers=6, writers=4) as under,
    ):
        for turn in range(6):
            (still,) = workers((one, other)[turn % 2])[turn // 2 % 2 :][:1]
            still.suspend()
            try:
                under.goes_on(10, writes=0)  # one that stands still with a write half done holds up those of others
            finally:
                still.resume()
            under.goes_on()
        assert {*under.told} <= {200, 503}
