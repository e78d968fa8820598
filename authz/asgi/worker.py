"""gunicorn's asgi worker, with problems in the place of its own texts and no place for clients that idle."""

from __future__ import annotations

import asyncio
import logging
import socket
import uuid
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

import orjson
from gunicorn.asgi.protocol import ASGIProtocol  # type: ignore[import-untyped]
from gunicorn.workers import gasgi  # type: ignore[import-untyped]

from authz.api.errors import PROBLEM
from authz.asgi.doors import door_at
from authz.asgi.following import Following
from authz.asgi.writing import Wire
from authz.counting import OTHER, counts

_FAILED: Final = "the service failed; the request id finds the cause in its log"
_REFUSED: Final = {
    400: "the request is not HTTP as this service reads it",
    414: "the request line is too long",
    417: "the Expect header cannot be met",
    431: "the headers are too many or too long",
    503: "too many connections",
}
_WIRE: Final = Wire(b"gunicorn")
log = logging.getLogger("authz.api")


class Worker(gasgi.ASGIWorker):  # type: ignore[misc]
    """Serves `authz.asgi`; knows its connections, so that a stop does not wait for idle ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections: set[Connection] = set()
        self._outgoing: list[Connection] = []

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Anything goes: `threads` are those of the application behind the lane."""

    def init_process(self) -> None:
        """Puts our connections in the place of gunicorn's, which the worker makes by this name, in this process."""
        # The class that is asked keeps what it finds out about the parser in C, and the parent's is what is read.
        ASGIProtocol._check_h1c_protocol_available()  # noqa: SLF001
        gasgi.ASGIProtocol = Connection
        for listener in self.sockets:
            _hang_up_on_who_takes_nothing(listener, self.cfg.keepalive)
        super().init_process()

    def send_out_soon(self, connection: Connection) -> None:
        """Lets the answers of one turn of the loop leave together, which spares their clients wake-ups in between.

        What follows on the connection comes after: its answer is written before anything else is read from it.
        """
        if not self._outgoing:
            self.loop.call_soon(self._send_out)
        self._outgoing.append(connection)

    def _send_out(self) -> None:
        outgoing, self._outgoing = self._outgoing, []
        for connection in outgoing:
            connection.send_out()

    async def _shutdown(self) -> None:
        for server in self.servers:
            server.close()
        for connection in tuple(self.connections):
            connection.end_if_idle()
        await super()._shutdown()


class Connection(Following):
    """One client's connection: bounded in number and in idleness, and answered in the one shape of a failure."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Hangs up at once where there are too many; gives the first request as long as each further one."""
        self._lane, self._outgoing = getattr(self.app, "lane", None), b""
        super().connection_made(transport)
        self.worker.connections.add(self)
        if self.worker.nr_conns > self.worker.worker_connections:
            self._send_error_response(503, "")
            self._close_transport()
            return
        self._arm_keepalive_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        self.worker.connections.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Whatever has been looked at so far was looked at before this came in, and is answered before it is read."""
        if self._outgoing:
            self.send_out()  # some loops read once more before they come to the end of the turn
        if self._lane is not None:
            self._lane.arrived()
        super().data_received(data)

    def end_if_idle(self) -> None:
        """Hangs up if no request is under way."""
        if self._awaiting_request:
            self._keepalive_timeout()

    async def _serve_http_request(self, request: Any, sockname: Any, peername: Any) -> Any:
        """Answers here what the lane knows; all else is a call of the application, as ever.

        That spares the task, the scope and the messages of a call, which cost more than a decision.
        """
        lane, receiver, door = self._lane, self._body_receiver, door_at(request.raw_path)
        if (
            lane is None
            or door is None
            or request.method != "POST"
            or request.query
            or not receiver._complete  # noqa: SLF001
            or self._will_close(request, response_requires_close=False)
        ):
            return await super()._serve_http_request(request, sockname, peername)
        body = b"".join(receiver._chunks)  # noqa: SLF001  # left there for the call, should there be one
        answer = await lane.in_place(door, request.headers_bytes, body)
        if answer is None:
            return await super()._serve_http_request(request, sockname, peername)
        self._outgoing = _WIRE.bytes_of(answer)
        closing = self._will_close(request, response_requires_close=False)
        if closing:
            self.send_out()
        elif self._callback_parser.remaining():
            self.send_out()
            await asyncio.sleep(0)  # whoever sends many at once has one answered in each turn, as all others have
        else:
            self.worker.send_out_soon(self)
        if self._flow_control is not None and self._flow_control.write_paused:
            await self._flow_control.drain()
        return not closing and not self._closed

    def send_out(self) -> None:
        """Writes the answer that waits for the end of the turn, if there is one."""
        outgoing, self._outgoing = self._outgoing, b""
        if outgoing:
            self._safe_write(outgoing)

    def _close_transport(self) -> None:
        """Hangs up, once the answer that waits has been written."""
        self.send_out()
        super()._close_transport()

    def _is_websocket_upgrade(self, request: Any) -> bool:
        """There are no sockets here: the request is answered as the plain one that it is."""
        return False

    def _send_error_response(self, status: int, message: str, extra_headers: Iterable[tuple[str, str]] = ()) -> None:
        """Writes a problem; what the stranger sent, which `message` may quote, stands neither in it nor in the log."""
        # The parser in C does not tell a strange transfer coding from other things that it cannot read.
        status = HTTPStatus.BAD_REQUEST if status == HTTPStatus.NOT_IMPLEMENTED else status
        status, detail = (status, _REFUSED[status]) if status in _REFUSED else (500, _FAILED)
        request_id = uuid.uuid4().hex
        log.warning("request_refused", extra={"request_id": request_id, "status": status})
        counts().answered(OTHER, status, 0)
        self._safe_write(problem_bytes(status, detail, request_id))


def _hang_up_on_who_takes_nothing(listener: Any, seconds: int) -> None:
    """The connections that come in here end when their client has taken nothing of what it is sent for so long.

    The kernel does that: it alone knows what was taken, also after the service has hung up. Where it cannot be told
    to, such a connection keeps its place until the client is gone.
    """
    if listener.family in (socket.AF_INET, socket.AF_INET6) and hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, seconds * 1000)


def problem_bytes(status: int, detail: str, request_id: str) -> bytes:
    """A whole HTTP response that is a problem and ends the connection."""
    phrase = HTTPStatus(status).phrase
    code = {500: "internal_error", 503: "overloaded"}.get(status, "unreadable")
    body = orjson.dumps({"type": "about:blank", "title": phrase, "status": status, "detail": detail, "code": code})
    retry = "Retry-After: 1\r\n" if status == HTTPStatus.SERVICE_UNAVAILABLE else ""
    head = (
        f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Type: {PROBLEM}\r\n{retry}"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nX-Request-ID: {request_id}\r\n\r\n"
    )
    return head.encode("ascii") + body
