"""A disk that takes no more: writes are refused and leave nothing, checks go on, and with room all is well again."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.api.conftest import World, made_world
from tests.api.serving import Server, served
from tests.api.test_bad_input import problem
from tests.currency.racing import QUESTION
from tests.faults.load import GRANTS, Load, load
from tests.kept import workers

Fault = Callable[[], None]
SMALL_BYTES = 6 * 1024 * 1024
BLOCK_BYTES = 4096


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes; only root may make one."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_BYTES}", "none", str(place)]
    if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@contextmanager
def under_load(folder: Path, log: Path) -> Iterator[tuple[World, Server, Load]]:
    with made_world(folder) as world:
        environment = {"AUTHZ_DATABASE_URL": world.url, "AUTHZ_WORKERS": "2"}
        with served(log, environment) as server, load(world, [server]) as under:
            yield world, server, under


def refused_while_it_lasts(world: World, server: Server, under: Load, begin: Fault, end: Fault) -> None:
    token = world.tokens["service:charting"]
    for _ in range(2):
        begin()
        under.is_refused()
        for turn in range(20):
            path = "/v1/check" if turn % 4 else "/v1/check?lane=no"
            assert server.call("POST", path, QUESTION, token=token).status == 200
        late = server.call("PUT", f"{GRANTS}/service:late", {}, token=world.tokens["user:omar"])
        assert problem(late, 503)["code"] == "store_unavailable"
        assert int(late.headers["Retry-After"]) > 0
        end()
        under.goes_on()
    assert under.made_after_all() == {False}
    assert {*under.told} == {200, 503}


def test_where_no_file_may_grow_writes_are_refused_until_one_may(tmp_path: Path) -> None:
    with under_load(tmp_path, tmp_path) as (world, server, under):

        def limit(most: int) -> None:
            for worker in workers(server):
                resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

        refused_while_it_lasts(world, server, under, lambda: limit(BLOCK_BYTES), lambda: limit(resource.RLIM_INFINITY))


def test_where_the_file_system_is_full_writes_are_refused_until_there_is_room(small: Path, tmp_path: Path) -> None:
    ballast = small / "ballast"

    def fill() -> None:
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(BLOCK_BYTES))
            except OSError:
                return

    with under_load(small, tmp_path) as (world, server, under):
        refused_while_it_lasts(world, server, under, fill, ballast.unlink)
