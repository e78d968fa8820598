"""Where a database's failures become ours: nothing of a driver gets past here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Dialect
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from authz.core.errors import AuthzError, StoreUnavailable
from authz.core.names import BadName
from authz.storage.causes import cause_of

log = logging.getLogger("authz.storage")


@contextmanager
def stated(dialect: Dialect) -> Iterator[None]:
    """Whatever the database does in here, other than answer, leaves as StoreUnavailable."""
    driver = getattr(dialect.loaded_dbapi, "Error", SQLAlchemyError)
    try:
        yield
    except (SQLAlchemyError, driver, OSError) as error:
        cause = cause_of(error)
        log.warning("database_failed", extra={"kind": cause})
        raise StoreUnavailable(f"the database did not answer: {cause}") from error


@contextmanager
def readable() -> Iterator[None]:
    """Stored values that cannot be what their columns hold leave as StoreUnavailable."""
    try:
        yield
    except (BadName, ValueError, TypeError, KeyError) as error:
        log.warning("stored_value_unreadable", extra={"kind": type(error).__name__})
        raise StoreUnavailable("a stored value cannot be read") from error


@contextmanager
def refusing(refusal: AuthzError) -> Iterator[None]:
    """A constraint that the statements in here break means this refusal, and the end of their transaction."""
    try:
        yield
    except IntegrityError as error:
        raise refusal from error
