"""What somebody with a database console can do to a record of seven events, and what of it both verifiers name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, update

from authz.storage.moments import read_moment
from authz.storage.tables import audit_events, practices
from tests.storage.conftest import NORTH, SOUTH
from tests.storage.test_verifying import COLUMNS, EVENTS, at, resealed, rows


@dataclass(frozen=True)
class Tampering:
    """What somebody does to the table, and the events that both verifiers name."""

    by: Callable[[Connection], object]
    named: tuple[int, ...]
    only_with_a_checkpoint: bool = False


def change(column: str, seq: int) -> Callable[[Connection], object]:
    def by(connection: Connection) -> None:
        was = rows(connection)[seq - 1][column]
        becomes: Any = was + 1 if isinstance(was, int) else f"{was}x"
        if column in ("hash", "previous_hash"):
            becomes = "f" * 64
        if column in ("before", "after"):
            becomes = '{"n": 99}'
        if column == "at":
            becomes = read_moment(was).replace(year=2001)  # type: ignore[union-attr]
        connection.execute(update(audit_events).where(at(seq)).values({column: becomes}))

    return by


def remove(*seqs: int) -> Callable[[Connection], object]:
    return lambda connection: [connection.execute(audit_events.delete().where(at(seq))) for seq in seqs]


def put_in(seq: int) -> Callable[[Connection], object]:
    def by(connection: Connection) -> None:
        last = rows(connection)[-1]
        made_up = resealed({**last, "seq": seq, "previous_hash": last["hash"], "reason": "made up"})
        connection.execute(insert(audit_events).values(made_up))

    return by


def swap(connection: Connection) -> None:
    for seq, becomes in ((3, 99), (4, 3), (99, 4)):
        connection.execute(update(audit_events).where(at(seq)).values(seq=becomes))


def reseal_one(connection: Connection) -> None:
    made_up = resealed({**rows(connection)[3], "reason": "made up"})
    connection.execute(update(audit_events).where(at(4)).values(made_up))


def known_end(connection: Connection, count: int, head: str) -> None:
    known = {"audit_events": count, "audit_head": head}
    connection.execute(update(practices).where(practices.c.id == NORTH.id).values(known))


def cut_with_its_end(connection: Connection) -> None:
    remove(EVENTS - 1, EVENTS)(connection)
    known_end(connection, EVENTS - 2, rows(connection)[-1]["hash"])


def write_anew(first: int, *, with_its_end: bool) -> Callable[[Connection], object]:
    def by(connection: Connection) -> None:
        previous = rows(connection)[first - 1]["previous_hash"]
        for row in rows(connection)[first - 1 :]:
            written = resealed({**row, "reason": "made up", "previous_hash": previous})
            previous = written["hash"]
            connection.execute(update(audit_events).where(at(row["seq"])).values(written))
        if with_its_end:
            known_end(connection, EVENTS, previous)

    return by


def move_away(connection: Connection) -> None:
    connection.execute(update(audit_events).where(at(4)).values(practice=SOUTH.id, seq=EVENTS + 3))


def move_here(connection: Connection) -> None:
    there = (audit_events.c.practice == SOUTH.id) & (audit_events.c.seq == 4)
    connection.execute(update(audit_events).where(there).values(practice=NORTH.id, seq=EVENTS + 3))


TAMPERINGS = {
    **{f"{column} of {seq}": Tampering(change(column, seq), (seq,)) for column in COLUMNS for seq in (1, 4, EVENTS)},
    "first removed": Tampering(remove(1), (1,)),
    "one removed": Tampering(remove(4), (4,)),
    "last removed": Tampering(remove(EVENTS), (EVENTS,)),
    "last two removed": Tampering(remove(EVENTS - 1, EVENTS), (EVENTS - 1, EVENTS)),
    "all removed": Tampering(remove(*range(1, EVENTS + 1)), (EVENTS,)),
    "one after the last": Tampering(put_in(EVENTS + 1), (EVENTS + 1,)),
    "one far after the last": Tampering(put_in(2**40), (2**40,)),
    "one numbered 0": Tampering(put_in(0), (0,)),
    "one numbered below": Tampering(put_in(-3), (-3,)),
    "two changed places": Tampering(swap, (3, 4)),
    "one made up and sealed": Tampering(reseal_one, (4,)),
    "written anew from 4 on": Tampering(write_anew(4, with_its_end=False), (EVENTS,)),
    "written anew": Tampering(write_anew(1, with_its_end=False), (EVENTS,)),
    "moved to another practice": Tampering(move_away, (4,)),
    "moved here from another practice": Tampering(move_here, (EVENTS + 3,)),
    "cut with its end": Tampering(cut_with_its_end, (EVENTS - 1, EVENTS), only_with_a_checkpoint=True),
    "written anew with its end": Tampering(write_anew(1, with_its_end=True), (EVENTS,), only_with_a_checkpoint=True),
    "written anew from the last on with its end": Tampering(
        write_anew(EVENTS, with_its_end=True), (EVENTS,), only_with_a_checkpoint=True
    ),
}
