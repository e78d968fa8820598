"""Where policy is kept: the index of databases by the scheme of their URL."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from authz.core.errors import Invalid, StoreUnavailable
from authz.storage import postgresql, sqlite
from authz.storage.connecting import Database
from authz.storage.migrations import migrate
from authz.storage.store import SqlStore

PATIENCE_SECONDS: Final = 5.0
DATABASES: Final = MappingProxyType(
    {
        "sqlite": sqlite.open_database,
        "postgresql": postgresql.open_database,
        "postgres": postgresql.open_database,
    }
)

__all__ = ["DATABASES", "SqlStore", "database", "missing_file", "open_store", "upgrade"]


def open_store(url: str, patience: float = PATIENCE_SECONDS) -> SqlStore:
    """The store in the database of this URL, which need not be there yet; nothing is made.

    Until it is there, and whenever it does not answer within `patience` seconds, methods raise StoreUnavailable.
    Raises Invalid for a URL of no known database.
    """
    return SqlStore(database(url, patience))


def upgrade(url: str) -> None:
    """Brings the schema to the one of this program, making a SQLite file where there is none.

    All of it or nothing; two at the same time do no harm. Raises Invalid for a URL of no known database and
    StoreUnavailable where the database does not answer or its schema is newer than this program.
    """
    opened = database(url, create=True)
    try:
        migrate(opened)
    finally:
        opened.close()


def missing_file(url: str) -> Path | None:
    """The file that this URL names and that is not there; None where there is one, or where none is needed.

    Raises Invalid for a URL of no known database, StoreUnavailable for a place that cannot be looked at.
    """
    database(url).close()
    parsed = make_url(url)
    path = sqlite.file_of(parsed)[0] if parsed.get_backend_name() == "sqlite" else None
    try:
        return path if path is not None and not path.exists() else None
    except OSError as error:
        raise StoreUnavailable(f"the database {path} cannot be looked at: {error.strerror}") from error


def database(url: str, patience: float = PATIENCE_SECONDS, *, create: bool = False) -> Database:
    """The database of this URL, bare; `create` is for migrations, which may make it and take their time."""
    try:
        parsed = make_url(url)
        open_database = DATABASES[parsed.get_backend_name()]
    except (ArgumentError, ValueError, KeyError):
        known = ", ".join(f"`{name}`" for name in DATABASES)
        # The URL itself stays unsaid and unchained: it may hold a password.
        told = f"must be the URL of one of {known}; in a password, write @ as %40 and / as %2F"
        raise Invalid.field("database_url", told) from None
    return open_database(parsed, patience, create=create)
