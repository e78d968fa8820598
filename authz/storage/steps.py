"""The steps of a practice's policy read back from its record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select

from authz.core.names import Practice
from authz.core.record import Step
from authz.storage.states import decoded
from authz.storage.tables import audit_events

PAGE: Final = 500


def read(connection: Connection, practice: Practice, after: int) -> Sequence[tuple[int, Step]]:
    """At most a page of steps with the `seq` of their events, from the first above `after`.

    Raises ValueError, as reading any other row does, for one that was made unreadable.
    """
    columns = audit_events.c
    wanted = (
        select(columns.seq, columns.revision, columns.at, columns.state)
        .where(columns.practice == practice.id, columns.seq > after, columns.state.is_not(None))
        .order_by(columns.seq)
        .limit(PAGE)
    )
    found = []
    for seq, revision, at, state in connection.execute(wanted).all():
        above, operations = decoded(state, practice)
        found.append((seq, Step(revision, at, above, operations)))
    return found
