"""A database as the rest of storage uses it: four ways to talk to it, each with its promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine

from authz.storage.failures import stated

BEGIN: Final = "authz_begin"
POOLED: Final = 16
CHANGED: Final = "authz_changed"


class Database:
    """An engine with the options that make a connection reading, writing or looking. Safe for threads."""

    def __init__(
        self,
        engine: Engine,
        *,
        reading: Mapping[str, object],
        writing: Mapping[str, object],
        looking: Mapping[str, object],
        announcing: str = "",
    ) -> None:
        self._engine = engine
        self._reading = engine.execution_options(**reading)
        self._writing = engine.execution_options(**writing)
        self._looking = engine.execution_options(**looking)
        self._announcing = announcing

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Statements that all see the database as of one moment and change nothing."""
        with stated(self._engine.dialect), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed and durable when this ends, undone if it ends by an error."""
        with stated(self._engine.dialect), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def undone(self) -> Iterator[Connection]:
        """One transaction that may write and is undone however this ends."""
        with stated(self._engine.dialect), self._writing.connect() as connection:
            yield connection

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """A single statement that reads what was committed before it began, at the least cost."""
        with stated(self._engine.dialect), self._looking.connect() as connection:
            yield connection

    def announce(self, connection: Connection) -> None:
        """Tells whoever listens that something changed, once the transaction of this connection is committed."""
        if self._announcing:
            connection.exec_driver_sql(self._announcing)

    def apart(self) -> Any:
        """A driver's connection of the caller's own, out of the pool and made with the same care."""
        with stated(self._engine.dialect):
            connection = self._engine.raw_connection()
            connection.detach()
            return connection.dbapi_connection

    def close(self) -> None:
        """Gives all connections back to the database."""
        self._engine.dispose()
