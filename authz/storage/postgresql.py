"""PostgreSQL through psycopg: bounded waits everywhere, connections tried before use."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine, event

from authz.core.errors import StoreUnavailable
from authz.storage.connecting import CHANGED, POOLED, Database

if TYPE_CHECKING:
    import psycopg


def open_database(url: URL, patience: float, *, create: bool = False) -> Database:
    """The database of this URL, connected to when first needed; the database itself is never made here.

    The server gives up a statement or a lock after `patience` seconds, and is given up itself after twice as long.
    Migrations (`create`) may take as long as they take. Raises StoreUnavailable where psycopg is not installed.
    """
    limit = 0 if create else max(1, int(patience * 1000))
    given = url.query.get("options", "")
    options = [
        *([given] if isinstance(given, str) else given),
        f"-c statement_timeout={limit} -c lock_timeout={limit} -c idle_in_transaction_session_timeout={limit * 4}",
        "-c timezone=UTC",
    ]
    seconds = max(2, ceil(patience))
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=POOLED,
            max_overflow=POOLED,
            pool_timeout=patience,
            pool_pre_ping=True,
            connect_args={
                "options": " ".join(options).strip(),
                "connect_timeout": seconds,
                "tcp_user_timeout": seconds * 1000,
                "application_name": "authz",
            },
        )
        kind = _patient_for(None if create else 2 * patience)
    except ModuleNotFoundError as error:
        raise StoreUnavailable("psycopg is not installed; install `authz[postgres]`") from error
    event.listen(engine, "do_connect", lambda _, __, given, named: kind.connect(*given, **named))
    return Database(
        engine,
        reading={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
        writing={"isolation_level": "READ COMMITTED"},
        looking={"isolation_level": "AUTOCOMMIT"},
        announcing=f"NOTIFY {CHANGED}",
    )


def _patient_for(seconds: float | None) -> type[psycopg.Connection[Any]]:
    """Connections that are closed when a server, frozen or out of reach, says nothing for so long."""
    import psycopg  # noqa: PLC0415  # an extra: a service on SQLite runs without it

    class Patient(psycopg.Connection[Any]):
        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            try:
                return super().wait(gen, interval, seconds if timeout is None else timeout)
            except psycopg.errors._WaitTimeout as error:  # noqa: SLF001  # what `wait` says that it raises
                self.close()
                raise psycopg.OperationalError("the server fell silent") from error

    return Patient
