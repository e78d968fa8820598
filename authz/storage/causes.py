"""Why a database did not answer, in words for whoever runs the service."""

from __future__ import annotations

from typing import Final

_SCHEMA: Final = "its schema is not the one of this program; `authz db upgrade` brings it up to date"
_OF_SQLITE: Final = (
    ("SQLITE_BUSY", "another program keeps writing to it"),
    ("SQLITE_LOCKED", "another program keeps writing to it"),
    ("SQLITE_READONLY", "its file or its folder cannot be written to"),
    ("SQLITE_FULL", "its disk is full"),
    ("SQLITE_CANTOPEN", "its file cannot be opened"),
    ("SQLITE_NOTADB", "its file is no SQLite database"),
    ("SQLITE_CORRUPT", "its file is damaged"),
    ("SQLITE_PERM", "its file may not be opened"),
    ("SQLITE_IOERR", "its file cannot be read or written"),
    ("SQLITE_ERROR", _SCHEMA),
)
_OF_POSTGRESQL: Final = (  # the beginnings of SQLSTATEs
    ("28", "it refuses the user or the password"),
    ("3D000", "it has no database of that name"),
    ("42501", "the user may not do this there"),
    ("42P01", _SCHEMA),
    ("42703", _SCHEMA),
    ("53100", "its disk is full"),
    ("53300", "it has no connection to spare"),
    ("55P03", "somebody keeps a lock that is waited for"),
    ("57014", "it took too long"),
    ("57P", "it is starting or stopping"),
    ("25006", "it takes no writes: it is a replica, or set to be read only"),
)
_WHILE_CONNECTING: Final = (  # libpq gives no SQLSTATE then, only a text
    ("password", "it refuses the user or the password"),
    ("authentication failed", "it refuses the user or the password"),
    ("no pg_hba.conf entry", "it refuses the user or the password"),
    ('role "', "it refuses the user or the password"),
    ('database "', "it has no database of that name"),
    ("connection refused", "nothing listens at its address"),
    ("no such file or directory", "nothing listens at its address"),
    ("resolve host", "its host is not known"),
    ("translate host name", "its host is not known"),
    ("timeout", "it took too long"),
    ("connection slots", "it has no connection to spare"),
    ("too many clients", "it has no connection to spare"),
    ("starting up", "it is starting or stopping"),
    ("shutting down", "it is starting or stopping"),
    ("not yet accepting", "it is starting or stopping"),
    ("in recovery mode", "it is starting or stopping"),
)


def cause_of(error: BaseException) -> str:
    """What went wrong; the kind of the error where it is none of the usual things.

    INVARIANT: nothing of the driver's own message is in it, which may quote stored values, users and hosts.
    """
    inner = getattr(error, "orig", None) or error
    name, state = getattr(inner, "sqlite_errorname", None) or "", getattr(inner, "sqlstate", None) or ""
    known = [*_begun(_OF_SQLITE, name), *_begun(_OF_POSTGRESQL, state)]
    if not known and not name and not state and type(inner).__module__.partition(".")[0] == "psycopg":
        text = str(inner).lower()
        known = [words for part, words in _WHILE_CONNECTING if part in text]
    return known[0] if known else _kind(error, inner)


def _begun(table: tuple[tuple[str, str], ...], code: str) -> list[str]:
    return [words for begin, words in table if code.startswith(begin)]


def _kind(error: BaseException, inner: BaseException) -> str:
    return type(error).__name__ if inner is error else f"{type(error).__name__} ({type(inner).__name__})"
