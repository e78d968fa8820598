"""A practice's record as it leaves the house: each event with exactly what is sealed, tampered with or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select

from authz.core.errors import NotFound, StoreUnavailable
from authz.core.names import Practice
from authz.core.record import Checkpoint, SealedEvent
from authz.storage.audit import as_stored, canonical, known_end, sealed
from authz.storage.moments import as_text, read_moment
from authz.storage.sqlite import however_written
from authz.storage.tables import audit_events

_MOST_STRAYS: Final = 1000
_SEQ: Final = audit_events.c.seq


def end(connection: Connection, practice: Practice) -> tuple[Checkpoint, Sequence[SealedEvent]]:
    """How far the record has come, by what the practice keeps of it: a tail that was cut off is missed.

    With it come the events before the first and after that last one, as many as show that somebody put them in. Raises
    StoreUnavailable where what the practice keeps of it was spoilt.
    """
    known = known_end(connection, practice)
    if known is None:
        raise NotFound("practice", practice.id)
    count, head = known
    if count is None:
        raise StoreUnavailable(f"the end of the record of `{practice}` is no event's; `authz audit verify` names it")
    with however_written(connection):
        last = connection.execute(_wanted(practice, audit_events.c.seq == count)).mappings().first()
    strays = _lines(connection, practice, (_SEQ < 1) | (count < _SEQ), _MOST_STRAYS)
    return Checkpoint(practice, count, head, _moment(last["at"]) if last else None), strays


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

    A moment kept as text is told as it is; one that the database has a type for, as it is written to be sealed. What is
    no number is told as event 0, which there cannot be, so that nobody takes the line for none.
    """
    at = None if as_it_is else _moment(row["at"])
    told = sealed({**row}, as_text(at) if at else row["at"])
    told |= {"previous_hash": row["previous_hash"], "hash": row["hash"]}
    told["seq"] = row["seq"] if type(row["seq"]) is int else 0
    return canonical({name: of if isinstance(of, str | int | None) else repr(of) for name, of in told.items()})


def _moment(stored: object) -> datetime | None:
    try:
        return read_moment(stored)
    except ValueError:
        return None
