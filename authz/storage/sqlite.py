"""SQLite: one file, write-ahead log, every commit on the disk before it is acknowledged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from authz.core.errors import Invalid, StoreUnavailable
from authz.storage.connecting import BEGIN, POOLED, Database

_MODES: Final = {"ro", "rw"}
_READER: Final = ("foreign_keys = ON", "trusted_schema = OFF")
_WRITER: Final = ("journal_mode = WAL", "synchronous = FULL")
_IDENTITY: Final = "file"


def open_database(url: URL, patience: float, *, create: bool = False) -> Database:
    """The database of this URL; its file is looked at when first needed, and made only if `create`.

    A statement waits for another writer for `patience` seconds. Raises Invalid for a URL without a file and
    StoreUnavailable for one that cannot be made.
    """
    path, mode = file_of(url)
    if create:
        _make(path)
        mode = "rwc"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            f"{path.as_uri()}?mode={mode}", uri=True, timeout=patience, isolation_level=None, check_same_thread=False
        )

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=POOLED, max_overflow=POOLED, pool_timeout=patience
    )

    def identity() -> tuple[int, int]:
        found = path.stat()
        return found.st_dev, found.st_ino

    def settle(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        for pragma in _READER if mode == "ro" else (*_READER, *_WRITER):
            connection.execute(f"PRAGMA {pragma}")
        entry.info[_IDENTITY] = identity()

    def still_there(_: sqlite3.Connection, entry: ConnectionPoolEntry, proxy: object) -> None:
        """INVARIANT: nothing is read from or written to a file that was removed or replaced behind an open handle."""
        try:
            same = entry.info.get(_IDENTITY) == identity()
        except OSError:
            same = False
        if not same:
            raise DisconnectionError

    event.listen(engine, "connect", settle)
    event.listen(engine, "checkout", still_there)
    event.listen(engine, "begin", _begin)
    return Database(engine, reading={BEGIN: "BEGIN"}, writing={BEGIN: "BEGIN IMMEDIATE"}, looking={BEGIN: ""})


def _make(path: Path) -> None:
    """Who works where is nobody's business on a machine that others use too."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise StoreUnavailable(f"the database {path} cannot be made: {error.strerror}") from error


def file_of(url: URL) -> tuple[Path, str]:
    """The file that the URL names, and how it is opened; raises Invalid for a URL without one."""
    mode = url.query.get("mode", "rw")
    if not url.database or url.database == ":memory:" or url.host or set(url.query) - {"mode"} or mode not in _MODES:
        raise Invalid.field("database_url", "a sqlite URL names a file, as in `sqlite:///var/authz.db`")
    return Path(url.database).absolute(), str(mode)


@contextmanager
def however_written(connection: Connection) -> Iterator[None]:
    """In here a text that is no UTF-8 hides no other: what cannot be read of it is read as lone surrogates.

    Nothing on another database, which keeps no such texts.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    driver.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = str


def _begin(connection: Connection) -> None:
    """The driver begins nothing by itself; how to begin stands in the options that `Database` gives."""
    begin = connection.get_execution_options().get(BEGIN, "BEGIN")
    if begin:
        connection.exec_driver_sql(begin)
