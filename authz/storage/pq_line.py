"""One PostgreSQL connection driven by an event loop: a statement at a time, without a thread to wait in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import psycopg
from psycopg import pq

Row = tuple[bytes | None, ...]
_ROWS: Final = pq.ExecStatus.TUPLES_OK


class Line:
    """A statement prepared on a connection, asked from a loop's thread through libpq's own asynchronous calls.

    `changed` is called at each notification, before any answer that the server gave after it.
    """

    def __init__(self, connection: psycopg.Connection[Any], statement: bytes, changed: Callable[[], None]) -> None:
        self._connection, self._pg = connection, connection.pgconn
        self._statement, self._changed = statement, changed
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[list[Row]] | None = None
        self._rows: list[Row] = []
        self._refused = ""
        self._socket = self._pg.socket
        self.lost = False
        self._loop.add_reader(self._socket, self._readable)

    async def ask(self, parameters: Sequence[bytes]) -> list[Row]:
        """The rows, as text; raises psycopg.Error where there is no answer, and the line is not to be used again."""
        if self._answer is not None or self.lost:
            raise psycopg.OperationalError("the line is not free")
        self._rows, self._refused, self._answer = [], "", self._loop.create_future()
        try:
            self._pg.send_query_prepared(self._statement, parameters)
            self._flush()
        except psycopg.Error:
            self.close()
            raise
        try:
            return await self._answer
        finally:
            self._answer = None

    def close(self) -> None:
        """Hangs up; whoever waits for an answer gets psycopg.OperationalError."""
        if self.lost:
            return
        self.lost = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._connection.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(psycopg.OperationalError("the connection was lost"))

    def _flush(self) -> None:
        if self._pg.flush():
            self._loop.add_writer(self._socket, self._writable)

    def _writable(self) -> None:
        try:
            if not self._pg.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.Error:
            self.close()

    def _readable(self) -> None:
        try:
            self._pg.consume_input()
            while self._pg.notifies() is not None:
                self._changed()
            if self._answer is not None:
                self._collect(self._answer)
        except psycopg.Error:
            self.close()

    def _collect(self, answer: asyncio.Future[list[Row]]) -> None:
        while not self._pg.is_busy():
            result = self._pg.get_result()
            if result is None:
                if answer.done():
                    return
                if self._refused:
                    answer.set_exception(psycopg.OperationalError(self._refused))
                else:
                    answer.set_result(self._rows)
                return
            if result.status == _ROWS:
                value, columns = result.get_value, range(result.nfields)
                self._rows = [tuple([value(row, column) for column in columns]) for row in range(result.ntuples)]
            else:
                self._refused = pq.ExecStatus(result.status).name
