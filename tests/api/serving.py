"""A real server on a real socket: gunicorn started as it is in production, asked with the standard library."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """A response read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


@dataclass(frozen=True)
class Server:
    """A running server, its log, and the process above its workers (0 where it runs in that of the tests)."""

    host: str
    port: int
    log: Path
    pid: int = 0

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        encode_chunked: bool = False,
    ) -> Answer:
        """One request on a connection of its own; `body` may be bytes, chunks of bytes, or what becomes JSON."""
        sent = {} if body is None else {"Content-Type": "application/json"}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        sent |= headers or {}
        data = body if body is None or isinstance(body, bytes | list) else json.dumps(body).encode()
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            with suppress(BrokenPipeError):  # refused before it was all sent; the answer is there
                connection.request(method, path, data, sent, encode_chunked=encode_chunked)  # type: ignore[arg-type]
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def raw(self, request: bytes) -> bytes:
        """These very bytes, and all that comes back until the server hangs up."""
        with socket.create_connection((self.host, self.port), timeout=30) as connection:
            connection.sendall(request)
            received = b""
            while part := connection.recv(65536):
                received += part
            return received


@contextmanager
def served(folder: Path, environment: Mapping[str, str], *arguments: str) -> Iterator[Server]:
    """gunicorn with these settings beside the machine's own environment, until the block ends.

    `arguments` come after the shipped configuration and overrule it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server("127.0.0.1", port, folder / f"server-{port}.log")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUTHZ_")}
    own = {"AUTHZ_PORT": str(port), "AUTHZ_WORKERS": "1", "AUTHZ_THREADS": "4", "PYTHONPATH": str(ROOT)}
    own["AUTHZ_DECISION_LOG_FILE"] = str(folder / "decisions.jsonl")
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", *arguments]
    with server.log.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**inherited, **own, **environment}, stdout=log, stderr=log)
    try:
        _wait_for(server, process)
        yield replace(server, pid=process.pid)
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if server.call("GET", "/healthz").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{server.log.read_text()}")
