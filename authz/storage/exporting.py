"""A practice's record as it leaves the house: each event with exactly what is sealed, tampered with or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
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


def end(connection: Connection, practice: Practice) -> tuple[Checkpoint, Sequence[SealedEvent]]:
    """How far the record has come, by what the practice keeps of it: a tail that was cut off is missed.

    With it come the events before the first and after that last one, as many as show that somebody put them in.
    """
    kept = select(practices.c.audit_events, practices.c.audit_head).where(practices.c.id == practice.id)
    known = connection.execute(kept).first()
    if known is None:
        raise NotFound("practice", practice.id)
    with however_written(connection):
        last = connection.execute(_wanted(practice, known.audit_events == _SEQ)).mappings().first()
    strays = _lines(connection, practice, (_SEQ < 1) | (known.audit_events < _SEQ), _MOST_STRAYS)
    return Checkpoint(practice, known.audit_events, known.audit_head, _moment(last["at"]) if last else None), strays


def read(connection: Connection, practice: Practice, after: int, upto: int, limit: int) -> Sequence[SealedEvent]:
    """The events above `after` and not above `upto`, in order, at most `limit`."""
    return _lines(connection, practice, (after < _SEQ) & (upto >= _SEQ), limit)


def _wanted(practice: Practice, which: ColumnElement[bool]) -> Select[Any]:
    return as_stored().where(audit_events.c.practice == practice.id, which)


def _lines(connection: Connection, practice: Practice, which: ColumnElement[bool], limit: int) -> list[SealedEvent]:
    as_it_is = connection.dialect.name == "sqlite"
    with however_written(connection):
        found = connection.execute(_wanted(practice, which).order_by(_SEQ).limit(limit)).mappings()
        return [SealedEvent(row["seq"], _line(row, as_it_is)) for row in found]


def _line(row: RowMapping, as_it_is: bool) -> str:
    """All that is sealed and the two hashes. A value that is no JSON is told in its place: no seal fits it.

    A moment kept as text is told as it is; one that the database has a type for, as it is written to be sealed.
    """
    at = None if as_it_is else _moment(row["at"])
    told = sealed({**row}, as_text(at) if at else row["at"])
    told |= {"previous_hash": row["previous_hash"], "hash": row["hash"]}
    return canonical({name: of if isinstance(of, str | int | None) else repr(of) for name, of in told.items()})


def _moment(stored: object) -> datetime | None:
    try:
        return read_moment(stored)
    except ValueError:
        return None
