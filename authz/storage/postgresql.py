"""PostgreSQL through psycopg: bounded waits everywhere, connections tried before use."""

from __future__ import annotations

from math import ceil

from sqlalchemy import URL, create_engine

from authz.core.errors import StoreUnavailable
from authz.storage.connecting import POOLED, Database


def open_database(url: URL, patience: float, *, create: bool = False) -> Database:
    """The database of this URL, connected to when first needed; the database itself is never made here.

    No connection, statement or lock is waited for longer than `patience` seconds, migrations aside (`create`),
    which may take as long as they take. Raises StoreUnavailable where psycopg is not installed.
    """
    parsed = url.set(drivername="postgresql+psycopg")
    limit = 0 if create else max(1, int(patience * 1000))
    given = parsed.query.get("options", "")
    options = " ".join(
        [
            *([given] if isinstance(given, str) else given),
            f"-c statement_timeout={limit} -c lock_timeout={limit} -c timezone=UTC",
            f"-c idle_in_transaction_session_timeout={limit * 4}",
        ]
    )
    try:
        engine = create_engine(
            parsed,
            pool_size=POOLED,
            max_overflow=POOLED,
            pool_timeout=patience,
            pool_pre_ping=True,
            connect_args={
                "options": options.strip(),
                "connect_timeout": max(2, ceil(patience)),
                "tcp_user_timeout": max(2, ceil(patience)) * 1000,
                "application_name": "authz",
            },
        )
    except ModuleNotFoundError as error:
        raise StoreUnavailable("psycopg is not installed; install `authz[postgres]`") from error
    return Database(
        engine,
        reading={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
        writing={"isolation_level": "READ COMMITTED"},
        looking={"isolation_level": "AUTOCOMMIT"},
    )
