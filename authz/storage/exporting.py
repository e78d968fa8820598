"""A practice's record as it leaves the house: each event with exactly what is sealed, tampered with or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, select

from authz.core.errors import NotFound
from authz.core.names import Practice
from authz.core.record import Checkpoint, SealedEvent
from authz.storage.audit import as_stored, canonical, sealed
from authz.storage.moments import as_text, read_moment
from authz.storage.sqlite import however_written
from authz.storage.tables import audit_events, practices

_MOST_STRAYS: Final = 1000
_SEQ: Final = audit_events.c.seq


def checkpoint(connection: Connection, practice: Practice) -> Checkpoint:
    """How far the record has come, by what the practice keeps of it, so that a tail cut off is missed."""
    kept = select(practices.c.audit_events, practices.c.audit_head).where(practices.c.id == practice.id)
    known = connection.execute(kept).first()
    if known is None:
        raise NotFound("practice", practice.id)
    with however_written(connection):
        last = connection.execute(_wanted(practice, known.audit_events == _SEQ)).mappings().first()
    try:
        at = read_moment(last["at"]) if last else None
    except ValueError:
        at = None
    return Checkpoint(practice, known.audit_events, known.audit_head, at)


def read(connection: Connection, practice: Practice, after: int, upto: int, limit: int) -> Sequence[SealedEvent]:
    """The events above `after` and not above `upto`, in order, at most `limit`."""
    return _lines(connection, practice, (after < _SEQ) & (upto >= _SEQ), limit)


def strays(connection: Connection, practice: Practice, upto: int) -> Sequence[SealedEvent]:
    """Events before the first and after `upto`, which is the last; as many as show that somebody put them in."""
    return _lines(connection, practice, (_SEQ < 1) | (upto < _SEQ), _MOST_STRAYS)


def _wanted(practice: Practice, which: ColumnElement[bool]) -> Select[Any]:
    return as_stored().where(audit_events.c.practice == practice.id, which)


def _lines(connection: Connection, practice: Practice, which: ColumnElement[bool], limit: int) -> list[SealedEvent]:
    as_it_is = connection.dialect.name == "sqlite"
    with however_written(connection):
        found = connection.execute(_wanted(practice, which).order_by(_SEQ).limit(limit)).mappings()
        return [SealedEvent(row["seq"], _line(row, as_it_is)) for row in found]


def _line(row: RowMapping, as_it_is: bool) -> str:
    """All that is sealed and the two hashes. A value that is no JSON is told in its place: no seal fits it."""
    told = sealed({**row}, row["at"] if as_it_is else _moment(row["at"]))
    told |= {"previous_hash": row["previous_hash"], "hash": row["hash"]}
    return canonical({name: of if isinstance(of, str | int | None) else repr(of) for name, of in told.items()})


def _moment(stored: str) -> str:
    """A moment that the database has a type for, as it is written where it is sealed."""
    try:
        at = read_moment(stored)
    except ValueError:
        at = None
    return as_text(at) if at else stored
