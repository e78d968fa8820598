"""A client that keeps its connection: requests one after the other, each with its answer read to the end."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.api.serving import Answer, Server

PATIENCE_SECONDS = 60


class Client:
    """One kept connection; whatever ends it before the answer is there raises OSError."""

    def __init__(self, server: Server) -> None:
        self._connection = socket.create_connection((server.host, server.port), timeout=30)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._connection.makefile("rb")
        self.port: int = self._connection.getsockname()[1]

    def call(self, method: str, path: str, body: object = None, *, token: str = "") -> Answer:
        """One request and its answer."""
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: authz\r\nAuthorization: Bearer {token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        self._connection.sendall(head.encode() + data)
        status = self._line().split()[1]
        headers: dict[str, str] = {}
        while line := self._line().strip():
            name, _, value = line.partition(b": ")
            headers[name.decode().title()] = value.decode()
        length = int(headers["Content-Length"])
        received = self._file.read(length)
        if len(received) < length:
            raise ConnectionError("the answer was cut short")
        return Answer(int(status), headers, received)

    def send(self, requests: bytes) -> None:
        """These very bytes, whose answers `rest` reads."""
        self._connection.sendall(requests)

    def rest(self) -> bytes:
        """All that comes back until the server hangs up."""
        return self._file.read()

    def close(self) -> None:
        self._file.close()
        self._connection.close()

    def _line(self) -> bytes:
        line = self._file.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the server hung up")
        return line


def workers(server: Server) -> list[psutil.Process]:
    """The worker processes that this server has now."""
    return psutil.Process(server.pid).children()


@contextmanager
def clients_of_every_worker(server: Server, number: int, each: int) -> Iterator[list[Client]]:
    """So many clients for each of so many workers, who are waited for; which worker a connection gets is chance."""
    kept: dict[int, list[Client]] = {}
    give_up = time.monotonic() + PATIENCE_SECONDS
    try:
        while sum(map(len, kept.values())) < number * each:
            if time.monotonic() > give_up:
                raise TimeoutError(f"not every worker took a connection: {[*map(len, kept.values())]}")
            opened = [Client(server) for _ in range(number)]
            for client in opened:
                client.call("GET", "/healthz")
            taken = {
                connection.raddr.port: worker.pid
                for worker in workers(server)
                for connection in worker.net_connections("tcp")
                if connection.raddr
            }
            for client in opened:
                mine = kept.setdefault(taken[client.port], []) if client.port in taken else []
                if client.port in taken and len(mine) < each:
                    mine.append(client)
                else:
                    client.close()
        yield [client for clients in kept.values() for client in clients]
    finally:
        for clients in kept.values():
            for client in clients:
                client.close()
