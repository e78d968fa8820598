"""Whoever changes, removes or inserts an event behind the service's back is found out, and the event is named."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text, update

from authz.core import changes
from authz.core.changes import Change, Event
from authz.core.errors import NotFound, StoreUnavailable
from authz.core.names import Practice
from authz.core.record import BrokenLink, EventQuery
from authz.storage import SqlStore
from authz.storage.audit import seal
from authz.storage.moments import read_moment
from authz.storage.tables import audit_events, practices
from tests.storage.conftest import ACTOR, NORTH, SOUTH, both_open, change, raw

EVENTS = 7
COLUMNS = [c.name for c in audit_events.c if c.name not in ("practice", "seq")]


@pytest.fixture
def recorded(store: SqlStore) -> SqlStore:
    """Seven events in each of two practices."""
    both_open(store)
    for number in range(2, EVENTS + 1):
        for practice in (NORTH, SOUTH):
            event = Event(ACTOR, f"step_{number}", "user:lee", {"n": number - 1}, {"n": number}, "because")
            store.apply(Change(practice, (), (event,)))
    return store


def rows(connection: Connection) -> list[dict[str, Any]]:
    found = select(audit_events).where(audit_events.c.practice == NORTH.id).order_by(audit_events.c.seq)
    return [dict(row) for row in connection.execute(found).mappings()]


def broken(store: SqlStore) -> list[tuple[int, str]]:
    """What is found in the practice tampered with; the other one is always whole."""
    assert store.audit_check(SOUTH).broken == ()
    return [(link.seq, link.problem) for link in store.audit_check(NORTH).broken]


def at(seq: int) -> Any:
    return (audit_events.c.practice == NORTH.id) & (audit_events.c.seq == seq)


def resealed(row: dict[str, Any]) -> dict[str, Any]:
    """The row with a seal that fits it, as somebody makes one who knows how."""
    return {**row, "hash": seal(row["previous_hash"], row)}


def test_a_record_that_nobody_touched_is_whole(recorded: SqlStore) -> None:
    check = recorded.audit_check(NORTH)
    assert (check.events, check.broken) == (EVENTS, ())
    assert check.head == recorded.events(NORTH)[-1].hash


def test_no_practice_has_no_record(recorded: SqlStore) -> None:
    with pytest.raises(NotFound):
        recorded.audit_check(Practice("westside"))


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("seq", [1, 4, EVENTS])
def test_an_event_with_any_column_changed_is_named(
    recorded: SqlStore, database_url: str, column: str, seq: int
) -> None:
    with raw(database_url) as connection:
        was = rows(connection)[seq - 1][column]
        becomes: Any = was + 1 if isinstance(was, int) else f"{was}x"
        if column in ("hash", "previous_hash"):
            becomes = "f" * 64
        if column in ("before", "after"):
            becomes = '{"n": 99}'
        if column == "at":
            becomes = read_moment(was).replace(year=2001)
        connection.execute(update(audit_events).where(at(seq)).values({column: becomes}))
    assert broken(recorded) == [(seq, "changed")]


@pytest.mark.parametrize("seqs", [[1], [4], [EVENTS], [2, 3], [EVENTS - 1, EVENTS], [*range(1, EVENTS + 1)]])
def test_an_event_that_is_gone_is_named(recorded: SqlStore, database_url: str, seqs: list[int]) -> None:
    with raw(database_url) as connection:
        for seq in seqs:
            connection.execute(audit_events.delete().where(at(seq)))
    assert broken(recorded) == [(seq, "removed") for seq in seqs]


def test_an_event_put_in_after_the_last_is_named(recorded: SqlStore, database_url: str) -> None:
    with raw(database_url) as connection:
        last = rows(connection)[-1]
        more = resealed({**last, "seq": EVENTS + 1, "previous_hash": last["hash"], "reason": "made up"})
        connection.execute(insert(audit_events).values(more))
    assert broken(recorded) == [(EVENTS + 1, "inserted")]


@pytest.mark.parametrize("seq", [0, -1, -(2**40), 2**40])
def test_an_event_put_in_far_from_all_others_is_named(recorded: SqlStore, database_url: str, seq: int) -> None:
    with raw(database_url) as connection:
        first = rows(connection)[0]
        connection.execute(insert(audit_events).values(resealed({**first, "seq": seq, "reason": "made up"})))
    assert broken(recorded) == [(seq, "inserted")]


@pytest.mark.parametrize("hours", [-5, 3])
def test_the_same_moment_with_another_offset_is_named_where_texts_are_compared(
    recorded: SqlStore, database_url: str, hours: int
) -> None:
    with raw(database_url) as connection:
        was = read_moment(rows(connection)[2]["at"])
        assert was is not None
        moved = was.astimezone(timezone(timedelta(hours=hours))).isoformat()
        connection.execute(text(f"UPDATE audit_events SET at = '{moved}' WHERE practice = 'northside' AND seq = 3"))
        texts = connection.dialect.name == "sqlite"
    assert broken(recorded) == ([(3, "changed")] if texts else [])
    if not texts:  # a moment is found where it belongs, however it was written
        assert recorded.events(NORTH, wanted=EventQuery(since=was))[0].seq == 3


@pytest.mark.parametrize(
    "spoilt", ["nonsense", "[1]", "[" * 100_000, pytest.param("[" * 5_000 + "]" * 5_000, id="deep"), "", "null"]
)
@pytest.mark.parametrize("column", ["before", "after"])
def test_an_event_that_cannot_be_read_hides_no_other(
    recorded: SqlStore, database_url: str, column: str, spoilt: str
) -> None:
    whole = list(recorded.events(NORTH))
    with raw(database_url) as connection:
        connection.execute(update(audit_events).where(at(3)).values({column: spoilt}))
    found = list(recorded.events(NORTH))
    assert [event for event in found if event.seq != 3] == [event for event in whole if event.seq != 3]
    assert found[2].unreadable == (column,)
    assert getattr(found[2].event, column) == {}
    assert found[2].event.action == whole[2].event.action
    assert broken(recorded) == [(3, "changed")]


def test_an_event_without_a_moment_hides_no_other(recorded: SqlStore, database_url: str) -> None:
    with raw(database_url) as connection:
        becomes = "infinity" if connection.dialect.name == "postgresql" else "yesterday"
        connection.execute(text(f"UPDATE audit_events SET at = '{becomes}' WHERE practice = 'northside' AND seq = 2"))
    found = recorded.events(NORTH)
    assert [event.seq for event in found if event.at is None] == [2]
    assert (len(found), found[1].unreadable) == (EVENTS, ("at",))


def test_an_event_put_in_the_place_of_another_is_named(recorded: SqlStore, database_url: str) -> None:
    with raw(database_url) as connection:
        made_up = resealed({**rows(connection)[3], "reason": "made up"})
        connection.execute(update(audit_events).where(at(4)).values(made_up))
    assert broken(recorded) == [(4, "changed")]


def test_an_event_that_follows_from_nothing_is_named(recorded: SqlStore, database_url: str) -> None:
    with raw(database_url) as connection:
        made_up = resealed({**rows(connection)[3], "previous_hash": "e" * 64, "reason": "made up"})
        connection.execute(update(audit_events).where(at(4)).values(made_up))
    assert broken(recorded) == [(4, "changed")]


def test_two_events_that_changed_places_are_named(recorded: SqlStore, database_url: str) -> None:
    with raw(database_url) as connection:
        for seq, becomes in ((3, 99), (4, 3), (99, 4)):
            connection.execute(update(audit_events).where(at(seq)).values(seq=becomes))
    assert broken(recorded) == [(3, "changed"), (4, "changed")]


@pytest.mark.parametrize("first", [1, 4, EVENTS])
def test_a_record_written_anew_from_some_event_on_ends_otherwise_than_the_practice_knows(
    recorded: SqlStore, database_url: str, first: int
) -> None:
    with raw(database_url) as connection:
        previous = None
        for row in rows(connection)[first - 1 :]:
            told = {**row, "reason": "made up", "previous_hash": previous or row["previous_hash"]}
            written = resealed(told)
            previous = written["hash"]
            connection.execute(update(audit_events).where(at(row["seq"])).values(written))
    assert broken(recorded) == [(EVENTS, "changed")]


def test_a_shorter_record_with_a_shorter_count_ends_otherwise_than_the_practice_knows(
    recorded: SqlStore, database_url: str
) -> None:
    with raw(database_url) as connection:
        connection.execute(audit_events.delete().where(at(EVENTS)))
        connection.execute(update(practices).where(practices.c.id == NORTH.id).values(audit_events=EVENTS - 1))
    assert broken(recorded) == [(EVENTS - 1, "changed")]


@pytest.mark.parametrize("spoilt", ["at", "before", "after"])
def test_an_event_that_cannot_be_read_is_named_and_no_error(recorded: SqlStore, database_url: str, spoilt: str) -> None:
    with raw(database_url) as connection:
        if spoilt == "at" and connection.dialect.name == "postgresql":
            connection.execute(text("UPDATE audit_events SET at = 'infinity' WHERE practice = 'northside' AND seq = 2"))
        else:
            statement = f"UPDATE audit_events SET {spoilt} = 'nonsense' WHERE practice = 'northside' AND seq = 2"
            connection.execute(text(statement))
    assert recorded.audit_check(NORTH).broken == (BrokenLink(2, "changed"),)


def test_a_record_goes_on_after_it_was_tampered_with_and_still_tells(recorded: SqlStore, database_url: str) -> None:
    with raw(database_url) as connection:
        connection.execute(update(audit_events).where(at(3)).values(reason="made up"))
    recorded.apply(change(NORTH))
    recorded.apply(change(NORTH, changes.PutSettings(recorded.snapshot(NORTH).settings)))
    assert broken(recorded) == [(3, "changed")]


def test_a_long_record_is_followed_across_its_pages(recorded: SqlStore, database_url: str) -> None:
    recorded.record(NORTH, [Event(ACTOR, "audit_read", "x") for _ in range(1100)])
    assert recorded.audit_check(NORTH).events == EVENTS + 1100
    with raw(database_url) as connection:
        connection.execute(audit_events.delete().where(at(501)))
        connection.execute(update(audit_events).where(at(1000)).values(actor="user:ana"))
    assert broken(recorded) == [(501, "removed"), (1000, "changed")]


@pytest.mark.parametrize(
    "count", ["-4", "9223372036854775807", "'abc'", "4.5", "x'00'", "audit_events, audit_head = x'00ff'"]
)
def test_a_number_of_events_that_is_none_is_found_and_nothing_is_written_after_it(
    recorded: SqlStore, database_url: str, count: str
) -> None:
    with raw(database_url) as connection:
        if connection.dialect.name != "sqlite" and not count.lstrip("-").isdigit():
            return  # a column holds what its type can be
        connection.execute(text(f"UPDATE practices SET audit_events = {count} WHERE id = 'northside'"))
    assert broken(recorded) == [(EVENTS, "changed")]
    for call in (
        lambda: recorded.end_of_record(NORTH),
        lambda: recorded.record(NORTH, [Event(ACTOR, "read", "x")]),
        lambda: recorded.apply(change(NORTH)),
    ):
        with pytest.raises(StoreUnavailable, match="audit verify"):
            call()
    recorded.apply(change(SOUTH))
