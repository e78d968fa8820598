"""A practice's record checked against itself: every seal worked out anew, every link followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import Connection, RowMapping

from authz.core.errors import NotFound
from authz.core.names import Practice
from authz.core.record import AuditCheck, BrokenLink, Checkpoint
from authz.storage.audit import FIRST_HASH, MOST_EVENTS, as_stored, details, known_end, seal
from authz.storage.moments import as_text, read_moment
from authz.storage.sqlite import however_written
from authz.storage.tables import audit_events

_PAGE: Final = 500
_MOST_MISSING: Final = 1000


def check(connection: Connection, practice: Practice, kept: Iterable[Checkpoint] = ()) -> AuditCheck:
    """The record from its first event to its last, inside the caller's transaction; NotFound for no such practice.

    An event whose seal does not fit, or that the next one was not sealed over, is `changed`; one that is missing is
    `removed`, at the end too, since the practice keeps the number of its events and the hash of the last; one beyond
    that number, or before the first, is `inserted`. Where the practice knows no number any more, the last is `changed`.
    A record sealed anew up to its end is known by its last event, or, where that was seen to as well, by a checkpoint
    kept elsewhere: an event that is not the one of then is `rewritten`.
    """
    known = known_end(connection, practice)
    if known is None:
        raise NotFound("practice", practice.id)
    count, end = known
    heads: dict[int, set[str]] = {}
    for checkpoint in kept:
        heads.setdefault(checkpoint.seq, set()).add(checkpoint.head)
    broken: set[BrokenLink] = set()
    events, last, head, doubted = 0, 0, FIRST_HASH, 0
    on_sqlite = connection.dialect.name == "sqlite"
    for row in _rows(connection, practice):
        seq = row["seq"]
        if type(seq) is not int or not 1 <= seq <= (MOST_EVENTS if count is None else count):
            broken.add(BrokenLink(seq if type(seq) is int else 0, "inserted"))
            continue
        follows = row["previous_hash"] == head or seq != last + 1
        broken |= _gap(last + 1, seq - 1)
        broken |= _settled(doubted, follows)
        doubted = 0
        if _sealed(row, on_sqlite=on_sqlite) != row["hash"]:
            broken.add(BrokenLink(seq, "changed"))
        else:
            broken |= _held_against(heads.get(seq), row)
            doubted = 0 if follows else seq
        events, last, head = events + 1, seq, row["hash"]
    whole = last == count and head == end
    broken |= _settled(doubted, whole)
    broken |= _gap(last + 1, max([count or 0, *heads]))
    if last == (last if count is None else count) and not whole:
        broken.add(BrokenLink(last, "changed"))
    return AuditCheck(events, head, tuple(sorted(broken, key=lambda link: (link.seq, link.problem))))


def _gap(first: int, last: int) -> set[BrokenLink]:
    """These events, all removed; of very many the first and the last, since a count in the database may be any."""
    missing = range(first, last + 1)
    named = [*missing] if len(missing) <= _MOST_MISSING else [*missing[: _MOST_MISSING - 1], missing[-1]]
    return {BrokenLink(seq, "removed") for seq in named}


def _held_against(heads: set[str] | None, row: RowMapping) -> set[BrokenLink]:
    """Whether the event is the one that every checkpoint of its number knows."""
    return set() if heads is None or heads == {row["hash"]} else {BrokenLink(row["seq"], "rewritten")}


def _settled(doubted: int, confirmed: bool) -> set[BrokenLink]:
    """Of an event that does not follow from the one before, and that one: which was changed.

    What comes next was sealed over the one that is genuine.
    """
    return {BrokenLink(max(1, doubted - 1) if confirmed else doubted, "changed")} if doubted else set()


def _rows(connection: Connection, practice: Practice) -> Iterator[RowMapping]:
    """All events in order, a page at a time: a long record is never held as a whole."""
    wanted = as_stored().where(audit_events.c.practice == practice.id).order_by(audit_events.c.seq).limit(_PAGE)
    following = wanted
    while True:
        with however_written(connection):
            page = connection.execute(following).mappings().all()
        yield from page
        if len(page) < _PAGE:
            return
        following = wanted.where(audit_events.c.seq > page[-1]["seq"])


def _sealed(row: RowMapping, *, on_sqlite: bool) -> str:
    """The seal that fits the event as it stands; none for one that cannot be read, or is not written as ours are.

    A moment kept as text is compared as text, so that the same one with another offset would be found too early or
    too late.
    """
    try:
        at = read_moment(row["at"])
        if on_sqlite and at is not None and as_text(at) != row["at"]:
            return ""
        details(row["before"]), details(row["after"])
        return seal(row["previous_hash"], {**row, "at": at})
    except (TypeError, ValueError, AttributeError, KeyError):
        return ""
