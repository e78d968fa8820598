"""Connections: idle ones end with the server, sockets are answered as plain requests, slow bodies hold up nobody."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.api.conftest import World
from tests.api.serving import Server, served
from tests.api.test_decisions import question


def test_a_stop_does_not_wait_for_idle_connections(world: World, tmp_path: Path) -> None:
    with served(tmp_path, {"AUTHZ_DATABASE_URL": world.url}) as server:
        idle = socket.create_connection((server.host, server.port), timeout=30)
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: authz\r\n\r\n")
        assert idle.recv(65536).startswith(b"HTTP/1.1 200 ")
    with idle:
        assert idle.recv(65536) == b""
    assert "Forcing close" not in server.log.read_text()


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
