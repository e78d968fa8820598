"""What is kept beside the policy reads back as it was put, in order, a page at a time, and one practice's only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from authz.core import changes
from authz.core.changes import Actor, Change, Event
from authz.core.errors import NotFound
from authz.core.names import INSTALLATION, Practice
from authz.core.people import AccessRequest, Emergency, PracticeSettings
from authz.core.record import EventQuery, RecordedEvent
from authz.storage import SqlStore
from tests.storage.conftest import FAR, KIM, LEE, NOON, NORTH, SOUTH, both_open, change

ASKED = AccessRequest("r1", NORTH, "paid_seat", KIM, "user:lee", NOON, "she starts on monday", "provider")
DECIDED = replace(
    ASKED,
    id="r2",
    kind="erx_enablement",
    seat="",
    state="approved",
    decided_by="user:op",
    decided_at=NOON + timedelta(microseconds=1),
    decision_reason="seen the licence",
)
REQUESTS = [ASKED, DECIDED, replace(ASKED, id="r3", user=LEE, asked_by="user:kim", state="void")]
BROKEN = Emergency("e1", NORTH, LEE, "p1", "collapse", NOON, NOON + timedelta(hours=4))
REVIEWED = replace(
    BROKEN,
    id="e2",
    ended_at=NOON + timedelta(hours=1),
    reviewed_by=KIM,
    reviewed_at=NOON + timedelta(days=1),
)


def pages(read: Callable[[Any, int], Sequence[Any]], place: Callable[[Any], Any], first: Any) -> list[Any]:
    """Everything, two at a time."""
    found: list[Any] = []
    while page := read(place(found[-1]) if found else first, 2):
        assert len(page) <= 2
        found += page
    return found


@pytest.fixture
def filled(store: SqlStore) -> SqlStore:
    """Both practices, with requests and emergencies in each."""
    both_open(store)
    store.apply(change(NORTH, *map(changes.PutAccessRequest, reversed(REQUESTS))))
    store.apply(change(NORTH, changes.PutEmergency(REVIEWED), changes.PutEmergency(BROKEN)))
    elsewhere = replace(ASKED, id="r0", practice=SOUTH, user=FAR, asked_by="user:far")
    there = replace(BROKEN, id="e0", practice=SOUTH, user=FAR)
    store.apply(change(SOUTH, changes.PutAccessRequest(elsewhere), changes.PutEmergency(there)))
    return store


def test_a_request_is_found_by_its_id_in_its_practice(filled: SqlStore) -> None:
    for request in REQUESTS:
        assert filled.access_request(NORTH, request.id) == request
        assert filled.access_request(SOUTH, request.id) is None
    assert filled.access_request(NORTH, "r0") is None


def test_requests_are_listed_by_what_is_wanted(filled: SqlStore) -> None:
    assert list(filled.access_requests(NORTH)) == REQUESTS
    assert [r.id for r in filled.access_requests(NORTH, state="pending")] == ["r1"]
    assert [r.id for r in filled.access_requests(NORTH, user=KIM)] == ["r1", "r2"]
    assert [r.id for r in filled.access_requests(NORTH, asked_by="user:kim")] == ["r3"]
    assert list(filled.access_requests(NORTH, state="approved", user=LEE)) == []
    assert pages(lambda at, most: filled.access_requests(NORTH, after=at, limit=most), lambda r: r.id, "") == REQUESTS


def test_a_request_put_again_is_the_same_request(filled: SqlStore) -> None:
    denied = replace(ASKED, state="denied", decided_by="user:op", decided_at=NOON, decision_reason="no")
    filled.apply(change(NORTH, changes.PutAccessRequest(denied)))
    assert list(filled.access_requests(NORTH)) == [denied, *REQUESTS[1:]]


def test_emergencies_are_found_and_listed_and_those_to_review(filled: SqlStore) -> None:
    assert list(filled.emergencies(NORTH)) == [BROKEN, REVIEWED]
    assert list(filled.emergencies(NORTH, to_review=True)) == [BROKEN]
    assert pages(lambda at, most: filled.emergencies(NORTH, after=at, limit=most), lambda e: e.id, "") == [
        BROKEN,
        REVIEWED,
    ]
    assert filled.emergency(NORTH, "e2") == REVIEWED
    assert filled.emergency(NORTH, "e0") is None
    assert filled.emergency(SOUTH, "e2") is None


def test_practices_are_listed_with_their_settings_and_revisions(filled: SqlStore) -> None:
    filled.apply(change(NORTH, changes.PutSettings(PracticeSettings(NORTH, "North", KIM, "none"))))
    assert list(filled.listed_practices()) == [
        (PracticeSettings(NORTH, "North", KIM, "none"), filled.revision(NORTH)),
        (PracticeSettings(SOUTH, "Southside", FAR), filled.revision(SOUTH)),
    ]


@pytest.fixture
def recorded(store: SqlStore) -> SqlStore:
    """Nine more events in the one practice, by three people about three."""
    both_open(store)
    for number in range(9):
        who = Actor(f"user:{('lee', 'kim', 'ana')[number % 3]}", "key:1", f"r{number}")
        event = Event(who, ("access_set", "user_changed")[number % 2], f"user:{('joe', 'sue', 'ray')[number // 3]}")
        store.apply(Change(NORTH, (), (event,)))
    return store


def seqs(events: Sequence[RecordedEvent]) -> list[int]:
    return [event.seq for event in events]


def test_events_are_read_in_pages_up_to_a_last_one(recorded: SqlStore) -> None:
    every = pages(lambda at, most: recorded.events(NORTH, at, most), lambda event: event.seq, 0)
    assert seqs(every) == [*range(1, 11)]
    assert seqs(recorded.events(NORTH, 3, upto=6)) == [4, 5, 6]
    assert seqs(recorded.events(SOUTH)) == [1]
    assert [recorded.last_event(practice) for practice in (NORTH, SOUTH, INSTALLATION)] == [10, 1, 0]
    with pytest.raises(NotFound):
        recorded.last_event(Practice("westside"))


def test_events_are_found_by_who_what_whom_and_when(recorded: SqlStore) -> None:
    def found(**wanted: Any) -> list[int]:
        return seqs(recorded.events(NORTH, wanted=EventQuery(**wanted)))

    assert found(actor="user:kim") == [3, 6, 9]
    assert found(subject="user:sue") == [5, 6, 7]
    assert found(action="user_changed") == [3, 5, 7, 9]
    assert found(actor="user:kim", action="user_changed", subject="user:joe") == [3]
    assert found(actor="user:k") == []
    moments = {event.seq: event.at for event in recorded.events(NORTH)}
    assert found(since=moments[4], until=moments[7]) == [4, 5, 6]
    assert found(since=moments[10] + timedelta(microseconds=1)) == []
