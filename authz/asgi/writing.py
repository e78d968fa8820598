"""Answers of the lane, as messages and as bytes on the wire, and the line that the log keeps of each."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import formatdate
from http import HTTPStatus
from select import PIPE_BUF
from typing import Any, Final, NamedTuple

import orjson

from authz.api.errors import HIDDEN_DETAIL, PROBLEM, RETRY_SECONDS, authzen_body, problem_body
from authz.core.names import Subject
from authz.counting import counts
from authz.logs import takes_a_line

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
LATEST_SECONDS: Final = 0.02
MOST_KEPT: Final = 10_000
_PIECE: Final = 65536
_SAFE: Final = b"X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
_SAME: Final = '"level":"info","logger":"authz.api","event":"request","request_id":'
_AWAY: Final = authzen_body(HTTPStatus.SERVICE_UNAVAILABLE, HIDDEN_DETAIL)
_UNAVAILABLE: Final = problem_body(HTTPStatus.SERVICE_UNAVAILABLE, "store_unavailable", HIDDEN_DETAIL)


class Answer(NamedTuple):
    """A whole answer: its status, its header lines as they go on the wire, and its body."""

    status: int
    headers: bytes
    body: bytes


def decided(request_id: str, body: bytes) -> Answer:
    """A decision, or many."""
    length = len(body)
    lines = f"Content-Type: application/json\r\nContent-Length: {length}\r\nX-Request-ID: {request_id}\r\n"
    return Answer(200, lines.encode("latin-1") + _SAFE, body)


def unavailable(request_id: str, *, authzen: bool = False) -> Answer:
    """The problem of a database that does not answer, or the same as AuthZEN tells it."""
    kind, body = ("application/json", _AWAY) if authzen else (PROBLEM, _UNAVAILABLE)
    lines = (
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"Retry-After: {RETRY_SECONDS}\r\nX-Request-ID: {request_id}\r\n"
    )
    return Answer(503, lines.encode("latin-1") + _SAFE, body)


async def sent(send: Send, answer: Answer) -> None:
    """Sends an answer as messages."""
    pairs = [line.split(b": ", 1) for line in answer.headers.split(b"\r\n") if line]
    await send({"type": "http.response.start", "status": answer.status, "headers": [(n, v) for n, v in pairs]})
    await send({"type": "http.response.body", "body": answer.body})


class Wire:
    """Writes answers as HTTP/1.1 of a connection that stays open; knows what second it is."""

    def __init__(self, server: bytes) -> None:
        self._server = server
        self._second, self._heads = -1, dict[int, bytes]()

    def bytes_of(self, answer: Answer) -> bytes:
        """The response as it goes out."""
        second = int(time.time())
        if second != self._second:
            self._second, self._heads = second, {}
        head = self._heads.get(answer.status) or self._head(answer.status)
        return b"%b%b\r\n%b" % (head, answer.headers, answer.body)

    def _head(self, status: int) -> bytes:
        date = formatdate(self._second, usegmt=True).encode("ascii")
        phrase = HTTPStatus(status).phrase.encode("ascii")
        head = b"HTTP/1.1 %d %b\r\nServer: %b\r\nDate: %b\r\n" % (status, phrase, self._server, date)
        self._heads[status] = head
        return head


class Lines:
    """Writes the log's `request` lines as `authz.logs` writes them, many together.

    A line is there at most a fiftieth of a second after its answer left, so that a process that is killed loses no
    more than that; what must never be lost is in the audit record. A log that takes no lines stops no answer.
    """

    def __init__(self, descriptor: int, wanted: bool) -> None:
        self._descriptor, self._wanted, self._most = descriptor, wanted, _most_in_one_piece(descriptor)
        self._lines: list[str] = []
        self._second, self._at = -1, ""
        self._rest: dict[tuple[str, int, str | None], str] = {}

    def request(
        self, request_id: str, route: str, status: int, caller: Subject | None, key: str | None, took: float
    ) -> None:
        """One line; `took` is in seconds."""
        if not self._wanted:
            return
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second, self._at = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        rest = self._rest.get((route, status, key)) or self._kept(route, status, caller, key)
        # An id is printable ASCII: of what JSON writes otherwise it can only hold these two.
        told = (
            request_id if '"' not in request_id and "\\" not in request_id else orjson.dumps(request_id).decode()[1:-1]
        )
        micro = int((now - second) * 1_000_000)
        if not self._lines:
            asyncio.get_running_loop().call_later(LATEST_SECONDS, self._write)
        self._lines.append(f'{{"at":"{self._at}.{micro:06d}+00:00",{_SAME}"{told}",{rest}{took * 1000:.2f}}}\n')

    def _kept(self, route: str, status: int, caller: Subject | None, key: str | None) -> str:
        """What is the same in all lines of a route, a status and a key."""
        if len(self._rest) >= MOST_KEPT:
            self._rest.clear()
        who = None if caller is None else str(caller)
        via = None if key is None else f"key:{key}"
        facts = {"method": "POST", "route": route, "status": status, "caller": who, "via": via}
        made = self._rest[route, status, key] = orjson.dumps(facts).decode()[1:-1] + ',"milliseconds":'
        return made

    def close(self) -> None:
        """Writes what is left."""
        self._write()

    def _write(self) -> None:
        lines, self._lines = self._lines, []
        together: list[str] = []
        size = 0
        with suppress(OSError):
            for line in lines:
                if size + len(line) > self._most and together:
                    self._put("".join(together))
                    together, size = [], 0
                together.append(line)
                size += len(line)
            if together:
                self._put("".join(together))

    def _put(self, lines: str) -> None:
        """INVARIANT: never waits for whoever collects the log; what is not taken now is left out."""
        if takes_a_line(self._descriptor):
            os.write(self._descriptor, lines.encode("ascii"))
        else:
            counts().left_out(lines.count("\n"))


def _most_in_one_piece(descriptor: int) -> int:
    """How many bytes go there in one piece, beside the lines of other workers: into a pipe few, into a file any."""
    return _PIECE if stat.S_ISREG(os.fstat(descriptor).st_mode) else PIPE_BUF
