"""Answers of the lane as bytes on the wire, and the line that the log keeps of each."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from select import PIPE_BUF
from typing import Any, Final

import orjson

from authz.api.errors import HIDDEN_DETAIL, PROBLEM, RETRY_SECONDS, problem_body

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_JSON: Final = (b"Content-Type", b"application/json")
_SAFE: Final = ((b"X-Content-Type-Options", b"nosniff"), (b"Cache-Control", b"no-store"))
_OPTIONS: Final = orjson.OPT_APPEND_NEWLINE


class Lines:
    """Writes the log's `request` lines as `authz.logs` writes them, all those of one turn of the loop together.

    An answer waits for its line, so it leaves after the line is there, and together with the others of its turn:
    that spares a system call for each line, and clients with many connections a wake-up for each answer.
    """

    def __init__(self, descriptor: int, wanted: bool) -> None:
        self._descriptor, self._wanted = descriptor, wanted
        self._lines: list[bytes] = []
        self._waiting: list[asyncio.Future[None]] = []

    async def request(
        self, request_id: str, route: str, status: int, caller: str | None, via: str | None, took: float
    ) -> None:
        """One line, there when this returns; a log that takes no lines stops no answer. `took` is in seconds."""
        if self._wanted:
            line = {
                "at": datetime.now(UTC),
                "level": "info",
                "logger": "authz.api",
                "event": "request",
                "request_id": request_id,
                "method": "POST",
                "route": route,
                "status": status,
                "caller": caller,
                "via": via,
                "milliseconds": round(took * 1000, 2),
            }
            self._lines.append(orjson.dumps(line, option=_OPTIONS))
        loop = asyncio.get_running_loop()
        written = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._write)
        self._waiting.append(written)
        await written

    def _write(self) -> None:
        lines, waiting, self._lines, self._waiting = self._lines, self._waiting, [], []
        with suppress(OSError):
            together = b""
            for line in lines:
                # Up to so many bytes go into a pipe in one piece, beside the lines of other workers.
                if len(together) + len(line) > PIPE_BUF:
                    os.write(self._descriptor, together)
                    together = b""
                together += line
            if together:
                os.write(self._descriptor, together)
        for written in waiting:
            if not written.done():
                written.set_result(None)


async def answered(send: Send, request_id: str, body: bytes) -> None:
    """Sends a decision."""
    length = (b"Content-Length", b"%d" % len(body))
    headers = [_JSON, length, (b"X-Request-ID", request_id.encode("latin-1")), *_SAFE]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def unavailable(send: Send, request_id: str) -> None:
    """Sends the problem of a database that does not answer."""
    status = HTTPStatus.SERVICE_UNAVAILABLE
    body = problem_body(status, "store_unavailable", HIDDEN_DETAIL)
    headers = [
        (b"Content-Type", PROBLEM.encode()),
        (b"Content-Length", b"%d" % len(body)),
        (b"Retry-After", b"%d" % RETRY_SECONDS),
        (b"X-Request-ID", request_id.encode("latin-1")),
        *_SAFE,
    ]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
