"""The files of a decision log: nothing lost or torn between processes, and what cannot be written is counted."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from authz.decision_log import MOST_WAITING
from authz.decision_log.places import SharedFile
from tests.api.conftest import World, made_world
from tests.api.serving import ROOT, Server, served
from tests.decision_log.reading import counted, files, lines, until
from tests.kept import Client, clients_of_every_worker, workers

EACH: Final = 100
QUESTION: Final = {"subject": "user:lee", "action": "edit", "resource": {"type": "chart_note", "id": "n1"}}
WRITING: Final = """
import sys
from pathlib import Path
from authz.decision_log.places import SharedFile

place, who = SharedFile(Path(sys.argv[1]), 20_000, 1000), sys.argv[2]
for turn in range(400):
    place.write(b"".join(b'{"who":"%s","turn":%d,"part":%d}\\n' % (who.encode(), turn, n) for n in range(1 + turn % 9)))
"""


@contextmanager
def logging_to(folder: Path, file: Path, **settings: str) -> Iterator[tuple[World, Server]]:
    with made_world(folder) as world:
        environment = {
            "AUTHZ_DATABASE_URL": world.url,
            "AUTHZ_WORKERS": "2",
            "AUTHZ_DECISION_LOG": "all",
            "AUTHZ_DECISION_LOG_FILE": str(file),
            **settings,
        }
        with served(folder, environment) as server:
            yield world, server


def batch(number: int = EACH) -> dict[str, object]:
    return {"practice": "northside", "checks": [QUESTION] * number}


def ask(world: World, server: Server, number: int = EACH) -> None:
    token = world.tokens["service:charting"]
    assert server.call("POST", "/v1/check/batch", batch(number), token=token).status == 200


def test_processes_that_write_and_rotate_at_once_lose_no_line_and_tear_none(tmp_path: Path) -> None:
    path, writers = tmp_path / "decisions.jsonl", 4
    command = [sys.executable, "-c", WRITING, str(path)]
    running = [
        subprocess.Popen([*command, f"w{n}"], env={**os.environ, "PYTHONPATH": str(ROOT)}) for n in range(writers)
    ]
    assert [one.wait(60) for one in running] == [0] * writers
    assert len(files(path)) > 5
    assert all(file.stat().st_size <= 20_000 for file in files(path))
    found = [(one["who"], one["turn"], one["part"]) for one in lines(path)]
    wanted = [(f"w{n}", turn, part) for n in range(writers) for turn in range(400) for part in range(1 + turn % 9)]
    assert sorted(found) == sorted(wanted)
    for who in range(writers):
        mine = [one for one in found if one[0] == f"w{who}"]
        assert mine == sorted(mine), "the lines of a process are out of order"


def test_two_workers_under_load_rotate_and_every_decision_is_there_once(tmp_path: Path) -> None:
    path, turns = tmp_path / "log" / "decisions.jsonl", 60
    with logging_to(tmp_path, path, AUTHZ_DECISION_LOG_BYTES="100000", AUTHZ_DECISION_LOG_FILES="1000") as (
        world,
        server,
    ):
        token = world.tokens["service:charting"]

        def load(client: Client) -> None:
            for _ in range(turns):
                assert client.call("POST", "/v1/check/batch", batch(), token=token).status == 200

        with clients_of_every_worker(server, 2, 2) as clients:
            threads = [threading.Thread(target=load, args=(client,)) for client in clients]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        asked = 4 * turns * EACH
        until(lambda: counted(server), lambda seen: seen == (asked, 0))
    found = Counter(one["request_id"] for one in lines(path))
    assert (len(found), {*found.values()}) == (4 * turns, {EACH})
    assert len(files(path)) > 10


def test_only_so_many_older_files_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    place = SharedFile(path, 1000, 3)
    for turn in range(100):
        place.write(b'{"turn":%d,"room":"%s"}\n' % (turn, b"x" * 80))
    place.close()
    assert [file.name for file in files(path)] == [f"{path.name}.{n}" for n in (3, 2, 1)] + [path.name]
    turns = [one["turn"] for one in lines(path)]
    assert turns == [*range(100 - len(turns), 100)]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    place = SharedFile(tmp_path / "new" / "decisions.jsonl", 1000, 3)
    place.write(b"{}\n")
    place.close()
    assert (tmp_path / "new" / "decisions.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_moved_or_removed_by_others_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    place = SharedFile(path, 10_000, 3)
    place.write(b'{"n":1}\n')
    path.rename(tmp_path / "elsewhere")
    place.write(b'{"n":2}\n')
    path.unlink()
    place.write(b'{"n":3}\n')
    assert path.read_bytes() == b'{"n":3}\n'
    assert (tmp_path / "elsewhere").read_bytes() == b'{"n":1}\n'


def test_a_line_that_a_killed_process_left_unfinished_is_kept_apart_from_the_next(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(b'{"n":1}\n{"n":')
    SharedFile(path, 10_000, 3).write(b'{"n":3}\n')
    assert path.read_bytes() == b'{"n":1}\n{"n":\n{"n":3}\n'


@pytest.mark.parametrize("content", [b"SQLite format 3\0", b"p, admin, patient, read\n"])
def test_a_file_that_is_no_decision_log_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(content)
    with pytest.raises(OSError, match="no decision log"):
        SharedFile(path, 10_000, 3).write(b"{}\n")
    assert path.read_bytes() == content


def test_a_pipe_that_nobody_reads_holds_nothing_up(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    os.mkfifo(path)
    with pytest.raises(OSError, match="decision log"):
        SharedFile(path, 10_000, 3).write(b"{}\n")


def test_where_files_cannot_be_put_aside_the_log_grows_on(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    (tmp_path / "decisions.jsonl.1" / "in-the-way").mkdir(parents=True)
    place = SharedFile(path, 100, 1)
    for turn in range(50):
        place.write(b'{"turn":%d}\n' % turn)
    assert len(path.read_bytes().splitlines()) == 50


def dropped_and_told(server: Server, file: Path, asked: int, lost: int) -> None:
    """Everything asked for was logged or counted as dropped, and the log itself tells how many were not."""
    logged, dropped = until(lambda: counted(server), lambda seen: sum(seen) == asked)
    gaps = until(
        lambda: [one for one in lines(file) if "dropped" in one],
        lambda found: sum(one["dropped"] for one in found) == dropped,
    )
    assert dropped >= lost > 0
    assert all(one.keys() == {"at", "dropped", "since"} and one["since"] <= one["at"] for one in gaps)
    assert len(lines(file)) == logged + len(gaps)
    assert 1 <= server.log.read_text().count('"decisions_dropped"') <= 2  # once a minute at most, for each worker


Fault = Callable[[Server, Path], None]


def no_folder(_: Server, file: Path) -> None:
    file.parent.rename(file.parent.with_name("away"))
    file.parent.write_text("")


def folder_again(_: Server, file: Path) -> None:
    file.parent.unlink()
    file.parent.with_name("away").rename(file.parent)


def a_folder(_: Server, file: Path) -> None:
    file.rename(file.with_name("away"))
    file.mkdir()


def no_folder_any_more(_: Server, file: Path) -> None:
    file.rmdir()
    file.with_name("away").rename(file)


def no_room(server: Server, file: Path) -> None:
    # Some of the next piece fits, which must not stay there.
    limit(server, file.stat().st_size + 1000)


def room(server: Server, _: Path) -> None:
    limit(server, resource.RLIM_INFINITY)


def limit(server: Server, most: int) -> None:
    for worker in workers(server):
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


@pytest.mark.parametrize(("begin", "end"), [(no_folder, folder_again), (a_folder, no_folder_any_more), (no_room, room)])
def test_while_the_file_takes_nothing_answers_go_on_and_what_is_lost_is_counted(
    tmp_path: Path, begin: Fault, end: Fault
) -> None:
    file = tmp_path / "log" / "decisions.jsonl"
    with logging_to(tmp_path, file) as (world, server):
        ask(world, server)
        until(lambda: counted(server), lambda seen: seen == (EACH, 0))
        begin(server, file)
        for _ in range(3):
            ask(world, server)
        until(lambda: counted(server), lambda seen: seen == (EACH, 3 * EACH))
        end(server, file)
        ask(world, server)
        dropped_and_told(server, file, 5 * EACH, 3 * EACH)


def test_while_the_disk_stands_still_answers_go_on_and_no_more_than_so_much_waits(tmp_path: Path) -> None:
    file, most = tmp_path / "log" / "decisions.jsonl", 2 * MOST_WAITING // 250_000
    with logging_to(tmp_path, file) as (world, server):
        ask(world, server, 1000)
        until(lambda: counted(server), lambda seen: seen == (1000, 0))
        with file.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)  # whoever writes waits for this
            turns = 0
            while counted(server)[1] == 0:
                assert turns < most, "nothing is dropped, however much waits"
                ask(world, server, 1000)
                turns += 1
        dropped_and_told(server, file, 1000 * (turns + 1), 1000)


def test_a_stop_writes_what_waits(tmp_path: Path) -> None:
    file = tmp_path / "log" / "decisions.jsonl"
    with logging_to(tmp_path, file, AUTHZ_WORKERS="1") as (world, server):
        ask(world, server)
    assert len(lines(file)) == EACH


def test_the_routes_alone_write_what_waits_at_a_stop(tmp_path: Path) -> None:
    file = tmp_path / "log" / "decisions.jsonl"
    with made_world(tmp_path) as world:
        environment = {
            "AUTHZ_DATABASE_URL": world.url,
            "AUTHZ_DECISION_LOG": "all",
            "AUTHZ_DECISION_LOG_FILE": str(file),
        }
        with served(tmp_path, environment, "--worker-class", "gthread", "authz.wsgi:application()") as server:
            ask(world, server)
    assert len(lines(file)) == EACH


def test_a_killed_worker_takes_no_lines_with_it_that_were_written_and_counts_go_on(tmp_path: Path) -> None:
    file = tmp_path / "log" / "decisions.jsonl"
    with logging_to(tmp_path, file) as (world, server):
        ask(world, server)
        until(lambda: counted(server), lambda seen: seen == (EACH, 0))
        struck = workers(server)
        for worker in struck:
            os.kill(worker.pid, signal.SIGKILL)
        until(lambda: {*workers(server)}, lambda now: len(now - {*struck}) == 2)
        until(lambda: server.call("GET", "/readyz").status, lambda status: status == 200)
        ask(world, server)
        until(lambda: counted(server), lambda seen: seen == (2 * EACH, 0))
    assert len(lines(file)) == 2 * EACH
