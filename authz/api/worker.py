"""gunicorn's threaded worker, with problems in the place of the HTML it answers to what is not HTTP."""

from __future__ import annotations

import logging
import socket
import uuid
from http import HTTPStatus
from typing import Any, Final

import orjson
from gunicorn.http import errors  # type: ignore[import-untyped]
from gunicorn.util import write_nonblock  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from authz.api.errors import PROBLEM

_FAILED: Final = (500, "the service failed; the request id finds the cause in its log")
# The first that fits counts; what is in none of them is the service's own failure.
_REFUSED: Final[tuple[tuple[type[Exception], int, str], ...]] = (
    (errors.InvalidResponseHeader, *_FAILED),
    (errors.InvalidResponseHeaderName, *_FAILED),
    (errors.LimitRequestLine, 414, "the request line is too long"),
    (errors.LimitRequestHeaders, 431, "the headers are too many or too long"),
    (errors.ExpectationFailed, 417, "the Expect header cannot be met"),
    (errors.UnsupportedTransferCoding, 501, "the transfer coding is not supported"),
    (errors.ParseException, 400, "the request is not HTTP as this service reads it"),
)
log = logging.getLogger("authz.api")


class Worker(ThreadWorker):  # type: ignore[misc]
    """Answers in the one shape of a failure where the application is never reached."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Writes a problem and closes; what the stranger sent stands neither in it nor in the log."""
        status, detail = next(((s, d) for kind, s, d in _REFUSED if isinstance(exc, kind)), _FAILED)
        request_id = uuid.uuid4().hex
        facts = {"request_id": request_id, "status": status, "kind": type(exc).__name__}
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("unexpected_error", extra=facts, exc_info=exc)
        else:
            log.warning("request_refused", extra=facts)
        try:
            write_nonblock(client, problem_bytes(status, detail, request_id))
        except OSError:
            log.debug("client_gone", extra=facts)


def problem_bytes(status: int, detail: str, request_id: str) -> bytes:
    """A whole HTTP response that is a problem and ends the connection."""
    phrase = HTTPStatus(status).phrase
    code = "internal_error" if status == HTTPStatus.INTERNAL_SERVER_ERROR else "unreadable"
    body = orjson.dumps({"type": "about:blank", "title": phrase, "status": status, "detail": detail, "code": code})
    head = (
        f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Type: {PROBLEM}\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nX-Request-ID: {request_id}\r\n\r\n"
    )
    return head.encode("ascii") + body
