"""The record is taken away as a stream that anybody can verify, and held against checkpoints kept elsewhere."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from authz.cli import run
from authz.core.changes import Actor, Event
from tests.api.conftest import NORTHSIDE, World, made_world
from tests.api.serving import Answer, Server, served
from tests.deploy.script import said

AUDIT = "/v1/practices/northside/audit"
LONG = 20_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Server]]:
    folder = tmp_path_factory.mktemp("exporting")
    with made_world(folder) as world, served(folder, {"AUTHZ_DATABASE_URL": world.url}) as server:
        yield world, server


def asked(place: tuple[World, Server], path: str, by: str = "user:rev", method: str = "GET") -> Answer:
    world, server = place
    return server.call(method, f"{AUDIT}{path}", token=world.tokens[by])


def test_an_export_is_intact_and_the_next_one_tells_who_took_it(place: tuple[World, Server], tmp_path: Path) -> None:
    first = asked(place, "/export")
    assert (first.status, first.headers["Content-Type"]) == (200, "application/x-ndjson")
    assert said(tmp_path, first.body)[0] == 0
    end = json.loads(first.body.splitlines()[-1])["checkpoint"]
    more = asked(place, f"/export?since={end['seq']}").body.splitlines()
    assert json.loads(more[0]) == {"checkpoint": end}
    event = json.loads(more[1])
    assert (event["actor"], event["action"], event["target"]) == ("user:rev", "audit_exported", "practice:northside")
    assert event["after"] == f'{{"since":0,"upto":{end["seq"]}}}'
    (tmp_path / "kept.jsonl").write_bytes(first.body)
    assert said(tmp_path, b"\n".join([*more, b""]), "--checkpoint", "kept.jsonl")[0] == 0
    assert said(tmp_path, first.body + b"\n".join([*more, b""]))[0] == 0


def test_who_may_not_read_the_record_may_not_take_it_away(place: tuple[World, Server]) -> None:
    before = asked(place, "/checkpoint").json["seq"]
    for caller, status in (("user:joe", 403), ("user:lee", 403), ("user:sadm", 404), ("service:charting", 403)):
        for path in ("/export", "/checkpoint"):
            answer = asked(place, path, caller)
            assert (answer.status, "checkpoint" in answer.json, "head" in answer.json) == (status, False, False)
    assert asked(place, "/checkpoint").json["seq"] == before


@pytest.mark.parametrize(
    "query", ["since=-1", "since=x", "since=01", "since=99999999", "until=3", "since=1e3", "since="]
)
def test_a_part_that_cannot_be_is_told(place: tuple[World, Server], query: str) -> None:
    answer = asked(place, f"/export?{query}")
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, query.partition("=")[0])


def test_a_checkpoint_stays_the_same_while_nothing_happens_and_verifies(place: tuple[World, Server]) -> None:
    kept = asked(place, "/checkpoint").json
    assert asked(place, "/checkpoint").json == kept
    assert set(kept) == {"practice", "seq", "head", "at"}
    for head in (kept["head"], kept["head"].removeprefix("sha256:")):
        assert asked(place, f"/verify?seq={kept['seq']}&head={head}").json["intact"] is True
    wrong = asked(place, f"/verify?seq={kept['seq']}&head={'e' * 64}").json
    assert (wrong["intact"], wrong["broken"]) == (False, [{"seq": kept["seq"], "problem": "rewritten"}])
    beyond = asked(place, f"/verify?seq=99999999&head={'e' * 64}").json
    assert beyond["broken"][-1] == {"seq": 99999999, "problem": "removed"}


@pytest.mark.parametrize(
    ("query", "path"),
    [("seq=1", "head"), (f"head={'a' * 64}", "seq"), ("seq=1&head=x", "head"), ("seq=x&head=", "seq")],
)
def test_half_a_checkpoint_is_none(place: tuple[World, Server], query: str, path: str) -> None:
    answer = asked(place, f"/verify?{query}")
    assert (answer.status, path in [error["path"] for error in answer.json["errors"]]) == (422, True)


def test_head_asks_for_no_body(place: tuple[World, Server]) -> None:
    world, server = place
    headers = f"Host: x\r\nConnection: close\r\nAuthorization: Bearer {world.tokens['user:rev']}\r\n"
    request = f"HEAD {AUDIT}/export HTTP/1.1\r\n{headers}\r\n"
    head, _, body = server.raw(request.encode()).partition(b"\r\n\r\n")
    assert (head.split(b"\r\n")[0], body) == (b"HTTP/1.1 200 OK", b"")


def test_the_command_line_and_the_api_tell_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    with made_world(here) as world:
        world.services.store.record(
            NORTHSIDE, [Event(Actor("user:omar", "key:1"), "tested", "x", reason="“ü”\n")] * 250
        )
    shutil.copytree(here, there)
    with served(here, {"AUTHZ_DATABASE_URL": world.url}) as server:
        streamed = [asked((world, server), "/export").body, asked((world, server), "/export?since=7").body]
    monkeypatch.setenv("AUTHZ_DATABASE_URL", f"sqlite:///{there / 'authz.db'}")
    assert run(["audit", "export", "northside"]) == 0
    written = capsysbinary.readouterr().out
    assert written == streamed[0]
    assert run(["audit", "export", "northside", "--since", "7", "--output", str(tmp_path / "part.jsonl")]) == 0
    ours, theirs = (tmp_path / "part.jsonl").read_bytes().splitlines(), streamed[1].splitlines()
    assert ours[:-2] == theirs[:-2]  # the last event is the export before, each by somebody else


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Server]]:
    """A record that no socket's buffers hold."""
    folder = tmp_path_factory.mktemp("long")
    with made_world(folder) as world, served(folder, {"AUTHZ_DATABASE_URL": world.url, "AUTHZ_THREADS": "1"}) as server:
        events = [Event(Actor("user:omar", "key:1"), "tested", "x", reason="y" * 1000)] * LONG
        world.services.store.record(NORTHSIDE, events)
        yield world, server


@contextmanager
def begun(place: tuple[World, Server]) -> Iterator[http.client.HTTPResponse]:
    """An export of which nobody has read more than the beginning."""
    world, server = place
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    connection.sock = socket.socket()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.sock.connect((server.host, server.port))
    connection.request("GET", f"{AUDIT}/export", headers={"Authorization": f"Bearer {world.tokens['user:rev']}"})
    with closing(connection), closing(connection.getresponse()) as response:
        assert response.status == 200
        yield response


def test_whoever_reads_slowly_holds_no_thread_and_gets_all_of_it(long: tuple[World, Server], tmp_path: Path) -> None:
    with begun(long) as slow:
        assert asked(long, "/checkpoint").status == 200  # by the only thread there is
        export = slow.read()
    assert len(export.splitlines()) > LONG
    assert said(tmp_path, export)[0] == 0


def test_whoever_leaves_in_the_middle_leaves_the_service_well(long: tuple[World, Server]) -> None:
    for _ in range(5):
        with begun(long):
            pass
    assert asked(long, "/checkpoint").status == 200
    assert "answer_broken_off" not in long[1].log.read_text()


def test_an_export_that_breaks_off_has_no_end(long: tuple[World, Server], tmp_path: Path) -> None:
    """The last test here: the database goes away in the middle."""
    world, server = long
    file = Path(world.url.removeprefix("sqlite:///"))
    with begun(long) as slow:
        file.rename(file.with_suffix(".away"))
        with pytest.raises(http.client.IncompleteRead) as broken:
            slow.read()
    file.with_suffix(".away").rename(file)
    export = b"".join(line for line in broken.value.partial.splitlines(keepends=True) if line.endswith(b"\n"))
    assert 100 <= len(export.splitlines()) < LONG
    code, told, _ = said(tmp_path, export)
    assert (code, "the export was cut short" in told) == (1, True)
    assert "answer_broken_off" in server.log.read_text()
    assert asked(long, "/checkpoint").status == 200


def test_a_record_written_anew_from_end_to_end_is_found_against_a_checkpoint(tmp_path: Path) -> None:
    with made_world(tmp_path) as world, served(tmp_path, {"AUTHZ_DATABASE_URL": world.url}) as server:
        here = (world, server)
        kept = asked(here, "/checkpoint").json
        with closing(sqlite3.connect(world.url.removeprefix("sqlite:///"))) as connection:
            connection.execute("DELETE FROM audit_events WHERE practice = 'northside'")
            connection.execute(
                "UPDATE practices SET audit_events = 0, audit_head = ? WHERE id = 'northside'", ["0" * 64]
            )
            connection.commit()
        for _ in range(kept["seq"] + 1):
            assert asked(here, "").status == 200
        assert asked(here, "/verify").json["intact"] is True
        found = asked(here, f"/verify?seq={kept['seq']}&head={kept['head']}").json
        assert (found["intact"], found["broken"]) == (False, [{"seq": kept["seq"], "problem": "rewritten"}])
