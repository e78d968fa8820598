"""The Flask application behind the lane: requests run in a few threads, their answers are sent by the loop."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from authz.asgi.receiving import NOTHING, Receive, Received, received

_ALIVE: Final = (b"/healthz", b"/metrics")
_THROWN_AWAY: Final = 32 * 1024 * 1024
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Wsgi = Callable[..., Iterable[bytes]]
_Answer = tuple[int, list[tuple[bytes, bytes]], bytes, "_Rest | None"]
log = logging.getLogger("authz.api")


class Behind:
    """A WSGI application served to ASGI requests by `threads` threads, and one more that says how the process is.

    That one is apart since the others may all be waiting for a database: a process is neither to be killed for that,
    nor out of sight.
    The body is there before a thread is taken, so that slow clients hold none. The application reads it from
    `wsgi.input`: of one larger than `largest` a byte too many, of one cut short what came, and then an error.
    """

    def __init__(self, application: Wsgi, threads: int, largest: int) -> None:
        self._application, self._largest = application, largest
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="flask")
        self._alive = ThreadPoolExecutor(1, thread_name_prefix="alive")

    async def __call__(
        self, scope: MutableMapping[str, Any], receive: Receive, send: Send, body: Received | None = None
    ) -> None:
        """Answers the request; `body` is given where it was received already."""
        if body is None:
            body = await self._body(scope, receive)
        loop, threads = asyncio.get_running_loop(), self._alive if scope["raw_path"] in _ALIVE else self._threads
        status, headers, data, rest = await loop.run_in_executor(threads, self._run, environ_of(scope, body))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if rest is None:
            await send({"type": "http.response.body", "body": data})
            return
        try:
            await self._in_parts(send, data, rest)
        except Exception as error:  # noqa: BLE001  # whatever it is: the answer is not whole
            # It is left without an end: the server hangs up, by which whoever reads it knows that more was to come.
            request_id = dict(headers).get(b"X-Request-ID", b"").decode("latin-1")
            log.error("answer_broken_off", extra={"request_id": request_id, "kind": type(error).__name__})  # noqa: TRY400
        finally:
            self._threads.submit(rest.close)

    async def _in_parts(self, send: Send, first: bytes, rest: _Rest) -> None:
        """Sends a part, and has the next one made when the client has taken it: never more than that is held."""
        part: bytes | None = first
        while part is not None:
            await send({"type": "http.response.body", "body": part, "more_body": True})
            part = await asyncio.get_running_loop().run_in_executor(self._threads, next, rest, None)
        await send({"type": "http.response.body", "body": b""})

    def close(self) -> None:
        """Takes no further requests; those under way come to their end."""
        self._threads.shutdown(wait=False)
        self._alive.shutdown(wait=False)

    async def _body(self, scope: MutableMapping[str, Any], receive: Receive) -> Received:
        most = self._largest + _THROWN_AWAY
        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if length.isdigit() and int(length) > most:
            return NOTHING  # the header alone is refused
        return await received(receive, self._largest + 1, most)

    def _run(self, environ: dict[str, Any]) -> _Answer:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> object:
            started[:] = [(status, headers)]
            return None

        parts = _Rest(self._application(environ, start_response))
        try:
            data = next(parts, b"")
            status, headers = started[0]
            known = any(name.lower() == "content-length" for name, _ in headers)
            if known:
                data += b"".join(parts)
        except BaseException:
            parts.close()
            raise
        if known:
            parts.close()
        written = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in headers]
        return int(status[:3]), written, data, None if known else parts


class _Rest(Iterator[bytes]):
    """What is still to come of an answer, a part at a time; only one thread is ever in it."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts, self._iterator, self._alone = parts, iter(parts), Lock()

    def __next__(self) -> bytes:
        """The next part."""
        with self._alone:
            return next(self._iterator)

    def close(self) -> None:
        """Tells the application that nobody wants more."""
        with self._alone:
            close = getattr(self._parts, "close", None)
            if close is not None:
                close()


class _Input(io.BytesIO):
    """What came of a body that was cut short, then an error: the end of what came is not the body's."""

    def read(self, size: int | None = -1, /) -> bytes:
        part = super().read(size)
        if not part:
            raise ConnectionError("the client left")
        return part


def environ_of(scope: MutableMapping[str, Any], body: Received) -> dict[str, Any]:
    """The request as WSGI writes it, to the letter as gunicorn's own WSGI workers do."""
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "RAW_URI": b"?".join(filter(None, (scope["raw_path"], scope["query_string"]))).decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": str(client[0]),
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": _Input(body.data) if body.cut else io.BytesIO(body.data),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ
