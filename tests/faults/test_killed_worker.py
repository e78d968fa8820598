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
