"""The audit log: events in a row for each practice, each sealed with the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, RowMapping, Select, Text, cast, insert, select, update

from authz.core.changes import Actor, Event
from authz.core.errors import StoreUnavailable
from authz.core.names import Practice
from authz.core.record import EventQuery, RecordedEvent
from authz.storage.failures import refusing
from authz.storage.moments import as_text, read_moment
from authz.storage.tables import audit_events, practices

_T = TypeVar("_T")
FIRST_HASH: Final = "0" * 64
MOST_EVENTS: Final = 2**63 - 2  # so that a database can count one more


def append(
    connection: Connection,
    practice: Practice,
    revision: int,
    events: Iterable[Event],
    now: datetime,
    state: str | None = None,
) -> None:
    """Writes the events after the last one, `state` with the last of them.

    The caller holds the practice's lock, so `seq` has no gap and no twin.
    """
    here = practices.c.id == practice.id
    before, previous = known_end(connection, practice) or (None, "")
    if before is None:
        raise StoreUnavailable(f"the end of the record of `{practice}` is no event's; `authz audit verify` names it")
    rows: list[dict[str, object]] = []
    told = list(events)
    for seq, event in enumerate(told, start=before + 1):
        row = _row(practice, seq, now, revision, event)
        row["state"] = state if event is told[-1] else None
        row["previous_hash"], row["hash"] = previous, seal(previous, row)
        rows.append(row)
        previous = str(row["hash"])
    if rows:
        taken = f"an event of `{practice}` is where the next one belongs; `authz audit verify` names it"
        with refusing(StoreUnavailable(taken)):
            connection.execute(insert(audit_events), rows)
        counted = {"audit_events": before + len(rows), "audit_head": previous}
        connection.execute(update(practices).where(here).values(counted))


def known_end(connection: Connection, practice: Practice) -> tuple[int | None, str] | None:
    """How many events the practice knows of, and the hash of the last; no number where somebody wrote what is none.

    None for an unknown practice.
    """
    wanted = select(practices.c.audit_events, practices.c.audit_head).where(practices.c.id == practice.id)
    found = connection.execute(wanted).first()
    if found is None:
        return None
    count, head = found
    if type(count) is not int or type(head) is not str or not 0 <= count <= MOST_EVENTS:
        return None, ""
    return count, head


def seal(previous: str, row: Mapping[str, Any]) -> str:
    """The hash of a stored event: SHA-256 over the hash before it and the event as canonical JSON."""
    return hashlib.sha256(previous.encode() + canonical(sealed(row, as_text(row["at"]))).encode()).hexdigest()


def sealed(row: Mapping[str, Any], at: object) -> dict[str, object]:
    """What of a stored event its hash covers, with its moment written as `at`: no more and no less.

    INVARIANT: seals, exports and both verifiers go by this; what is added here is sealed and exported by that.
    """
    covered = {name: row[name] for name in _SEALED} | {"at": at}
    if row["state"] is not None:  # events from before there were states keep their seals
        covered["state"] = row["state"]
    return covered


def canonical(value: object) -> str:
    """The one way a value is written as JSON: keys in order, no white space, ASCII only. Raises ValueError for NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def read(
    connection: Connection, practice: Practice, after: int, limit: int, query: EventQuery, upto: int | None
) -> Sequence[RecordedEvent]:
    """Events above `after` and not above `upto` that the query wants, oldest first.

    One that holds what is no moment or no JSON does not hide the others: it says what of it is unreadable.
    """
    columns = audit_events.c
    wanted = as_stored().where(columns.practice == practice.id, columns.seq > after)
    if upto is not None:
        wanted = wanted.where(columns.seq <= upto)
    for column, text in ((columns.actor, query.actor), (columns.target, query.subject), (columns.action, query.action)):
        if text:
            wanted = wanted.where(column == text)
    if query.since is not None:
        wanted = wanted.where(columns.at >= query.since)
    if query.until is not None:
        wanted = wanted.where(columns.at < query.until)
    found = connection.execute(wanted.order_by(columns.seq).limit(limit)).mappings()
    return [_recorded(row) for row in found]


_SEALED: Final = (
    "practice", "seq", "revision", "actor", "via", "request_id", "action", "target", "before", "after", "reason",
)  # fmt: skip


def _row(practice: Practice, seq: int, now: datetime, revision: int, event: Event) -> dict[str, object]:
    return {
        "practice": practice.id,
        "seq": seq,
        "at": now,
        "revision": revision,
        "actor": event.actor.subject,
        "via": event.actor.via,
        "request_id": event.actor.request_id,
        "action": event.action,
        "target": event.target,
        "before": canonical(event.before),
        "after": canonical(event.after),
        "reason": event.reason,
    }


def as_stored() -> Select[Any]:
    """All columns of events, moments as texts: one that no driver can read is no error."""
    others = [column for column in audit_events.c if column.name != "at"]
    return select(*others, cast(audit_events.c.at, Text).label("at"))


def details(text: object) -> dict[str, Any]:
    """What `before` or `after` holds; raises ValueError for what is no JSON object."""
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except RecursionError:
        found = None
    if not isinstance(found, dict):
        raise ValueError("what an event tells is no JSON object")  # noqa: TRY004  # it is a bad value, as other JSON
    return found


def _recorded(row: RowMapping) -> RecordedEvent:
    at = _or_none(read_moment, row["at"])
    before, after = _or_none(details, row["before"]), _or_none(details, row["after"])
    actor = Actor(row["actor"], row["via"], row["request_id"])
    read = {"at": at, "before": before, "after": after}
    return RecordedEvent(
        practice=Practice(row["practice"]),
        seq=row["seq"],
        at=at,
        revision=row["revision"],
        event=Event(actor, row["action"], row["target"], before or {}, after or {}, row["reason"]),
        previous_hash=row["previous_hash"],
        hash=row["hash"],
        unreadable=tuple(name for name, value in read.items() if value is None),
        state=row["state"],
    )


def _or_none(read: Callable[[Any], _T | None], stored: object) -> _T | None:
    try:
        return read(stored)
    except ValueError:
        return None
