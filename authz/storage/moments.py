"""Moments in columns: aware, in UTC, to the microsecond, and equal after a round trip through either database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator, TypeEngine


class Moment(TypeDecorator[datetime]):
    """PostgreSQL's own type; in SQLite a text of fixed width, so that the order of texts is the order of time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type in this database."""
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """The value for the database; raises ValueError for a moment without an offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without an offset cannot be stored")
        return as_text(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The moment found; raises ValueError for what is none."""
        return read_moment(value)


def as_text(value: datetime) -> str:
    """The one way a moment is written as text."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def read_moment(value: object) -> datetime | None:
    """The moment that a database returned; raises ValueError for what is none."""
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("a stored moment has no offset")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
