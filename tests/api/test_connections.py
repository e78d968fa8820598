"""Connections: idle ones end with the server, slow bodies hold up nobody, and what was sent whole is answered."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from authz.api import create_app
from authz.asgi.behind import Behind
from authz.asgi.receiving import NOTHING
from authz.asgi.waiting import MOST_WAITING, Waiting
from authz.core.errors import StoreUnavailable
from tests.api.conftest import World
from tests.api.serving import Server, served
from tests.api.test_decisions import question
from tests.authzen.conftest import YES
from tests.kept import Client, workers


def test_a_stop_does_not_wait_for_idle_connections(world: World, tmp_path: Path) -> None:
    with served(tmp_path, {"AUTHZ_DATABASE_URL": world.url}) as server:
        idle = socket.create_connection((server.host, server.port), timeout=30)
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: authz\r\n\r\n")
        assert idle.recv(65536).startswith(b"HTTP/1.1 200 ")
    with idle:
        assert idle.recv(65536) == b""
    assert "Forcing close" not in server.log.read_text()


@pytest.fixture(scope="module")
def alone(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of one worker that waits for clients no longer than a second."""
    environment = {"AUTHZ_DATABASE_URL": world.url}
    with served(tmp_path_factory.mktemp("alone"), environment, "--keep-alive", "1") as running:
        yield running


def test_who_takes_no_answers_keeps_no_connection(alone: Server) -> None:
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((alone.host, alone.port))
        deaf.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: authz\r\n\r\n" * 40)
        port, give_up = deaf.getsockname()[1], time.monotonic() + 20
        while port in {c.raddr.port for worker in workers(alone) for c in worker.net_connections("tcp") if c.raddr}:
            assert time.monotonic() < give_up
            time.sleep(0.05)


def test_who_sends_many_requests_at_once_waits_for_others_between_them(alone: Server, charting: str) -> None:
    each, (worker,) = 40, workers(alone)
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(Client(alone))) for _ in range(2)]
        for client in clients:
            assert client.call("GET", "/healthz").status == 200
        worker.suspend()  # so that both have sent all of theirs before the first is answered
        for client in clients:
            client.send(b"".join(asked_in_turn(charting, b"/v1/check", [0] * each)))
        worker.resume()
        for client in clients:
            assert len(client.rest().split(b"HTTP/1.1 200 ")) == each + 1
    order: list[str] = []
    while len(order) < 2 * each:  # lines are written together, soon after the answers
        logged = [json.loads(line) for line in alone.log.read_text().splitlines()]
        order = [line["request_id"] for line in logged if line.get("route") == "/v1/check"]
    assert order.index(f"n{each - 2}") > each  # the last ends its connection, which takes another way


def test_what_would_become_a_websocket_gets_a_problem(server: Server) -> None:
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n"
    received = server.raw(b"GET /healthz HTTP/1.1\r\nHost: authz\r\n" + upgrade + b"\r\n")
    assert received.startswith(b"HTTP/1.1 400 ")
    assert json.loads(received.partition(b"\r\n\r\n")[2])["code"] == "unreadable"


@pytest.mark.parametrize("path", [b"/v1/check", b"/v1/keys"])
def test_clients_that_send_half_a_body_hold_up_nobody(server: Server, world: World, path: bytes) -> None:
    head = b"POST %b HTTP/1.1\r\nHost: authz\r\nAuthorization: Bearer %b\r\n" % (path, world.tokens["user:op"].encode())
    head += b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    slow = [socket.create_connection((server.host, server.port), timeout=30) for _ in range(40)]
    try:
        for connection in slow:
            connection.sendall(head)
        for _ in range(4):
            assert server.call("GET", "/v1/vocabulary", token=world.tokens["user:op"]).status == 200
            answer = server.call("POST", "/v1/check", question(), token=world.tokens["service:charting"])
            assert answer.status == 200
    finally:
        for connection in slow:
            connection.close()


def test_a_process_says_that_it_lives_while_all_its_threads_wait() -> None:
    """As they do for a database that stands still; whoever watches the process would kill it for that."""
    gate = threading.Event()

    def application(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
        if environ["PATH_INFO"] not in ("/healthz", "/metrics"):
            gate.wait(30)
        start("200 OK", [("Content-Length", "0")])
        return []

    async def asked() -> list[int]:
        behind, statuses = Behind(application, 1, 1024), list[int]()

        async def answered(message: MutableMapping[str, Any]) -> None:
            statuses.extend(message[name] for name in ("status",) if name in message)

        async def ask(path: bytes) -> None:
            scope = {"method": "GET", "raw_path": path, "query_string": b"", "http_version": "1.1", "scheme": "http"}
            await behind({**scope, "headers": []}, nothing, answered, NOTHING)

        async def nothing() -> MutableMapping[str, Any]:
            raise AssertionError("the body is there already")

        waiting = asyncio.create_task(ask(b"/v1/keys"))
        await asyncio.sleep(0)
        try:
            for path in (b"/healthz", b"/metrics"):
                await asyncio.wait_for(ask(path), 10)
            alive = statuses.copy()
        finally:
            gate.set()
            await waiting
            behind.close()
        return alive

    assert asyncio.run(asked()) == [200, 200]


def test_requests_sent_at_once_on_one_connection_are_answered_in_their_order(server: Server, charting: str) -> None:
    with socket.create_connection((server.host, server.port), timeout=30) as connection:
        for number in range(20):
            connection.sendall(
                b"GET /healthz HTTP/1.1\r\nHost: authz\r\nX-Request-ID: n%d\r\n" % number
                + (b"Connection: close\r\n\r\n" if number == 19 else b"\r\n")
            )
        received = b""
        while part := connection.recv(65536):
            received += part
    assert [f"X-Request-ID: n{n}".encode() in received for n in range(20)] == [True] * 20
    assert received.index(b"n3\r\n") < received.index(b"n4\r\n")


def asked_in_turn(token: str, path: bytes, sizes: list[int]) -> list[bytes]:
    """Checks that are as many bytes long, each with its number for an id; the last ends the connection."""
    requests = []
    for number, size in enumerate(sizes):
        body = json.dumps(YES if b"evaluation" in path else question()).encode()
        head = b"POST %b HTTP/1.1\r\nHost: authz\r\nAuthorization: Bearer %b\r\n" % (path, token.encode())
        head += b"Content-Type: application/json\r\nX-Request-ID: n%d\r\n" % number
        head += b"Connection: close\r\n" if number == len(sizes) - 1 else b""
        requests.append(head + b"Content-Length: %d\r\n\r\n%b" % (max(size, len(body)), body.ljust(size)))
    return requests


def answered_in_turn(received: bytes) -> list[tuple[bytes, bytes]]:
    """The statuses and ids of the answers, in order."""
    return re.findall(rb"HTTP/1\.1 (\d+) .*?X-Request-ID: (n\d+)\r\n", received, re.DOTALL)


LARGE = 500_000
SIZES = {
    "large ones": [LARGE] * 6,
    "small ones behind large ones": [LARGE, 0, 0, LARGE, 0, LARGE, 70_000, 0],
    "a large one behind many small ones": [*[0] * 300, LARGE, 0],
    "many of one buffer's size": [65_536] * 12,
}


@pytest.mark.parametrize("path", [b"/v1/check", b"/v1/check?behind", b"/practices/northside/access/v1/evaluation"])
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_requests_of_any_size_sent_at_once_are_all_answered_in_their_order(
    server: Server, charting: str, path: bytes, sizes: list[int]
) -> None:
    for _ in range(3):
        answers = answered_in_turn(server.raw(b"".join(asked_in_turn(charting, path, sizes))))
        assert answers == [(b"200", b"n%d" % number) for number in range(len(sizes))]


@pytest.mark.parametrize("path", [b"/v1/check", b"/v1/check?behind"])
def test_large_requests_one_after_the_other_on_one_connection_are_all_answered(
    server: Server, charting: str, path: bytes
) -> None:
    for _ in range(5):
        with socket.create_connection((server.host, server.port), timeout=30) as connection:
            received = b""
            for number, request in enumerate(asked_in_turn(charting, path, [LARGE] * 6)):
                connection.sendall(request)
                while b"X-Request-ID: n%d\r\n" % number not in received and (part := connection.recv(65536)):
                    received += part
        assert answered_in_turn(received) == [(b"200", b"n%d" % number) for number in range(6)]


@pytest.mark.parametrize("path", [b"/v1/check", b"/v1/check?behind"])
def test_clients_that_leave_before_all_is_answered_are_no_error(alone: Server, charting: str, path: bytes) -> None:
    requests = b"".join(asked_in_turn(charting, path, [0] * 3))
    for number in range(60):
        with socket.create_connection((alone.host, alone.port), timeout=30) as connection:
            connection.sendall(requests)
            time.sleep((0, 0.0003, 0.002)[number % 3])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # and waits for nothing
    assert alone.call("GET", "/healthz").status == 200
    assert '"level":"error"' not in alone.log.read_text()


@pytest.mark.parametrize("asked", ["a check", "another request"])
@pytest.mark.parametrize("pause", [0.0, 0.0002, 0.0005, 0.001, 0.005])
def test_what_comes_behind_a_request_does_not_take_its_answer(
    server: Server, charting: str, asked: str, pause: float
) -> None:
    body = json.dumps(question()).encode() if asked == "a check" else b""
    path = b"POST /v1/check" if body else b"GET /v1/vocabulary"
    head = b"%b HTTP/1.1\r\nHost: authz\r\nAuthorization: Bearer %b\r\n" % (path, charting.encode())
    head += b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    for _ in range(40):
        with socket.create_connection((server.host, server.port), timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(head + body)
            time.sleep(pause)
            connection.sendall(b"NONSENSE\r\n\r\n")
            received = b""
            while part := connection.recv(65536):
                received += part
        assert re.findall(rb"HTTP/1\.1 (\d+) ", received) == [b"200", b"400"]


def test_those_who_wait_for_a_revision_are_so_many_and_the_next_is_told_at_once() -> None:
    async def told() -> list[BaseException | None]:
        waiting, refusal = Waiting(), StoreUnavailable("not there")
        places = [asyncio.create_task(waiting.pause(3600, refusal)) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        one_more = await asyncio.gather(waiting.pause(3600, refusal), return_exceptions=True)
        places[0].cancel()
        await asyncio.gather(places[0], return_exceptions=True)
        again = await asyncio.gather(waiting.pause(0, refusal), return_exceptions=True)
        for place in places:
            place.cancel()
        return [*one_more, *again]

    refused, let_in = asyncio.run(told())
    assert isinstance(refused, StoreUnavailable)
    assert let_in is None


@pytest.mark.parametrize("path", ["//v1/keys", "////v1/keys", "/v1//keys", "//x/v1/keys", "/%2fv1/keys", "/%2Fhealthz"])
def test_a_slash_too_many_is_another_address_at_both_doors(server: Server, world: World, path: str) -> None:
    authorization = f"Bearer {world.tokens['user:op']}"
    head = f"GET {path} HTTP/1.1\r\nHost: authz\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"
    assert server.raw(head.encode()).startswith(b"HTTP/1.1 404 ")
    client, overridden = create_app(world.services).test_client(), {"PATH_INFO": unquote(path)}
    found = client.open(environ_overrides=overridden, headers={"Authorization": authorization})
    assert (found.status_code, found.get_json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["/v1%2fkeys", "/v1%2Fkeys", "/v1/practices%2Fnorthside/users", "/v1/practices/northside%2fusers"]
)
def test_a_slash_that_is_written_otherwise_separates_no_names(server: Server, world: World, path: str) -> None:
    authorization = f"Bearer {world.tokens['user:op']}"
    for written, status in ((path, b"404"), (unquote(path), b"200"), (f"{unquote(path)}?cursor=%2F", b"422")):
        head = f"GET {written} HTTP/1.1\r\nHost: authz\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"
        assert server.raw(head.encode()).startswith(b"HTTP/1.1 " + status)
    client = create_app(world.services).test_client()
    found = client.open(unquote(path), environ_overrides={"RAW_URI": path}, headers={"Authorization": authorization})
    assert (found.status_code, found.get_json()["code"]) == (404, "not_found")
