"""Every change has its event, every event its place in the chain."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from authz.core import changes
from authz.core.changes import Change, Event
from authz.core.errors import StaleExpectation
from authz.core.record import RecordedEvent
from authz.storage import SqlStore
from tests.storage.conftest import ACTOR, LEE, NORTH, SOUTH, both_open, change, raw


def sealed(event: RecordedEvent) -> str:
    """The hash worked out from what anybody may read, with nothing of ours."""
    content = {
        "practice": event.practice.id,
        "seq": event.seq,
        "at": event.at.isoformat(timespec="microseconds"),
        "revision": event.revision,
        "actor": event.event.actor.subject,
        "via": event.event.actor.via,
        "request_id": event.event.actor.request_id,
        "action": event.event.action,
        "target": event.event.target,
        "before": json.dumps(event.event.before, sort_keys=True, separators=(",", ":")),
        "after": json.dumps(event.event.after, sort_keys=True, separators=(",", ":")),
        "reason": event.event.reason,
        **({"state": event.state} if event.state is not None else {}),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(event.previous_hash.encode() + text.encode()).hexdigest()


def intact(events: list[RecordedEvent]) -> bool:
    """Whether the numbers have no gap and each event is sealed over the one before."""
    previous = ["0" * 64, *(event.hash for event in events)]
    return all(
        event.seq == number and event.previous_hash == previous[number - 1] and event.hash == sealed(event)
        for number, event in enumerate(events, start=1)
    )


def test_an_event_comes_back_as_it_was_recorded(store: SqlStore) -> None:
    both_open(store)
    event = Event(ACTOR, "role_granted", "user:lee", {"role": None}, {"role": "x", "ü": [1, 2.5, True]}, "“why”\n{}")
    earliest = datetime.now(UTC)
    store.apply(Change(NORTH, (changes.RemoveGrant(LEE, "x"),), (event,)))
    found = store.events(NORTH)[-1]
    assert found.event == event
    assert (found.practice, found.seq, found.revision) == (NORTH, 2, 2)
    assert earliest <= found.at <= datetime.now(UTC)
    assert found.at.tzinfo is UTC


def test_each_practice_has_a_chain_of_its_own_without_gaps(store: SqlStore) -> None:
    both_open(store)
    several = tuple(Event(ACTOR, f"step_{n}", "x") for n in range(3))
    store.apply(Change(NORTH, (), several))
    store.record(SOUTH, [Event(ACTOR, "audit_read", "x")])
    store.record(NORTH, several)
    store.apply(change(NORTH))
    north, south = list(store.events(NORTH)), list(store.events(SOUTH))
    steps = ["step_0", "step_1", "step_2"]
    assert [e.event.action for e in north] == ["tested", *steps, *steps, "tested"]
    assert [e.revision for e in north] == [1, 2, 2, 2, 2, 2, 2, 3]
    assert intact(north)
    assert intact(south)


def test_what_only_records_leaves_the_revision_alone(store: SqlStore) -> None:
    both_open(store)
    store.record(NORTH, [Event(ACTOR, "audit_read", "x")])
    assert store.revision(NORTH) == 1


def test_a_refused_change_leaves_no_event(store: SqlStore) -> None:
    both_open(store)
    with pytest.raises(StaleExpectation):
        store.apply(change(NORTH, expected=7))
    assert len(store.events(NORTH)) == 1


def test_events_come_in_pages(store: SqlStore) -> None:
    both_open(store)
    store.record(NORTH, [Event(ACTOR, f"step_{n}", "x") for n in range(5)])
    assert [e.seq for e in store.events(NORTH, after=2, limit=3)] == [3, 4, 5]
    assert store.events(NORTH, after=6) == []


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_events SET reason = 'other' WHERE seq = 2",
        "UPDATE audit_events SET actor = 'user:far' WHERE seq = 2",
        "UPDATE audit_events SET after = '{}' WHERE seq = 2",
        "DELETE FROM audit_events WHERE seq = 2",
        "UPDATE audit_events SET seq = 9 WHERE seq = 2",
    ],
)
def test_an_event_changed_behind_the_services_back_breaks_the_chain(
    tampering: str, store: SqlStore, database_url: str
) -> None:
    both_open(store)
    store.record(NORTH, [Event(ACTOR, f"step_{n}", "x", after={"n": n}) for n in range(3)])
    assert intact(list(store.events(NORTH)))
    with raw(database_url) as connection:
        connection.execute(text(tampering + " AND practice = 'northside'"))
    assert not intact(list(store.events(NORTH)))
