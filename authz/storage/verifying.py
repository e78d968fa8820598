"""A practice's record checked against itself: every seal worked out anew, every link followed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, RowMapping, select, type_coerce
from sqlalchemy.types import NullType

from authz.core.errors import NotFound
from authz.core.names import Practice
from authz.core.record import AuditCheck, BrokenLink
from authz.storage.audit import FIRST_HASH, seal
from authz.storage.moments import read_moment
from authz.storage.tables import audit_events, practices

_PAGE: Final = 500


def check(connection: Connection, practice: Practice) -> AuditCheck:
    """The record from its first event to its last, inside the caller's transaction; NotFound for no such practice.

    An event whose seal does not fit is `changed`; one that is missing is `removed`, at the end too, since the practice
    keeps the number of its events and the hash of the last; one that does not follow from the one before is `inserted`.
    """
    kept = select(practices.c.audit_events, practices.c.audit_head).where(practices.c.id == practice.id)
    known = connection.execute(kept).first()
    if known is None:
        raise NotFound("practice", practice.id)
    broken: list[BrokenLink] = []
    events, last, head = 0, 0, FIRST_HASH
    for row in _rows(connection, practice):
        broken += [BrokenLink(missing, "removed") for missing in range(last + 1, row["seq"])]
        if _sealed(row) != row["hash"]:
            broken.append(BrokenLink(row["seq"], "changed"))
        elif row["previous_hash"] != head and row["seq"] == last + 1:
            broken.append(BrokenLink(row["seq"], "inserted"))
        events, last, head = events + 1, row["seq"], row["hash"]
    broken += [BrokenLink(missing, "removed") for missing in range(last + 1, known.audit_events + 1)]
    if last > known.audit_events:
        broken += [BrokenLink(extra, "inserted") for extra in range(known.audit_events + 1, last + 1)]
    elif last == known.audit_events and head != known.audit_head and not any(b.seq == last for b in broken):
        broken.append(BrokenLink(last, "changed"))
    return AuditCheck(events, head, tuple(broken))


def _rows(connection: Connection, practice: Practice) -> Iterator[RowMapping]:
    """All events in order, a page at a time: a long record is never held as a whole."""
    after, mine = 0, audit_events.c.practice == practice.id
    # Moments come as the driver has them: one that was spoilt must end as a broken seal, not as an error.
    others = [column for column in audit_events.c if column.name != "at"]
    as_stored = type_coerce(audit_events.c.at, NullType()).label("at")
    while True:
        wanted = select(*others, as_stored).where(mine, audit_events.c.seq > after)
        page = connection.execute(wanted.order_by(audit_events.c.seq).limit(_PAGE)).mappings().all()
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1]["seq"]


def _sealed(row: RowMapping) -> str:
    """The seal that fits the event as it stands; none for an event that cannot be read."""
    try:
        return seal(row["previous_hash"], {**row, "at": read_moment(row["at"])})
    except (TypeError, ValueError, AttributeError, KeyError):
        return ""
