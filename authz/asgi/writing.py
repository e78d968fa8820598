"""Answers of the lane as bytes on the wire, and the line that the log keeps of each."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import orjson

from authz.api.errors import HIDDEN_DETAIL, PROBLEM, RETRY_SECONDS, problem_body

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_JSON: Final = (b"Content-Type", b"application/json")
_SAFE: Final = ((b"X-Content-Type-Options", b"nosniff"), (b"Cache-Control", b"no-store"))
_OPTIONS: Final = orjson.OPT_APPEND_NEWLINE


class Lines:
    """Writes the log's `request` line as `authz.logs` writes it, at a fraction of the cost."""

    def __init__(self, descriptor: int, wanted: bool) -> None:
        self._descriptor, self._wanted = descriptor, wanted

    def request(
        self, request_id: str, route: str, status: int, caller: str | None, via: str | None, took: float
    ) -> None:
        """One line, there when this returns; a log that takes no lines stops no answer. `took` is in seconds."""
        if not self._wanted:
            return
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
        with suppress(OSError):
            os.write(self._descriptor, orjson.dumps(line, option=_OPTIONS))


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
