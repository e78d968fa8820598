"""One call of each method that a store has, for tests about what makes them fail."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Final

import pytest

from authz.core import changes
from authz.core.changes import Event
from authz.core.errors import StoreUnavailable
from authz.storage import SqlStore, open_store
from tests.storage.conftest import ACTOR, LEE, NOON, NORTH, change, grant

IMPATIENT: Final = 0.2
Call = Callable[[SqlStore], object]

READS: Final[dict[str, Call]] = {
    "revision": lambda store: store.revision(NORTH),
    "snapshot": lambda store: store.snapshot(NORTH),
    "events": lambda store: store.events(NORTH),
    "practices": lambda store: store.practices(),
    "person": lambda store: store.person(LEE),
    "person_by_email": lambda store: store.person_by_email("lee@northside.example"),
    "homes_and_guests": lambda store: store.homes_and_guests(LEE),
    "roles": lambda store: store.roles(NORTH),
    "key": lambda store: store.key("k1"),
    "key_by_hash": lambda store: store.key_by_hash("a" * 64),
    "keys": lambda store: store.keys(),
    "ready": lambda store: store.ready(),
    "last_event": lambda store: store.last_event(NORTH),
    "recorded_revisions": lambda store: store.recorded_revisions(NORTH, 0, 9),
    "steps": lambda store: list(store.steps(NORTH)),
    "uses": lambda store: store.uses(NORTH),
    "audit_check": lambda store: store.audit_check(NORTH),
    "end_of_record": lambda store: store.end_of_record(NORTH),
    "sealed_events": lambda store: store.sealed_events(NORTH, 0, 9),
    "changed_since": lambda store: store.changed_since(NORTH, 0),
    "access_request": lambda store: store.access_request(NORTH, "r1"),
    "access_requests": lambda store: store.access_requests(NORTH),
    "emergency": lambda store: store.emergency(NORTH, "e1"),
    "emergencies": lambda store: store.emergencies(NORTH),
    "listed_practices": lambda store: store.listed_practices(),
    "registered": lambda store: store.registered(NORTH, [("chart_note", "n1")]),
    "entries": lambda store: store.entries(NORTH, "chart_note"),
    "secret": lambda store: store.secret("page_tokens"),
    "stray_rows": lambda store: store.stray_rows(),
}
WRITES: Final[dict[str, Call]] = {
    "note_uses": lambda store: store.note_uses([(NORTH, LEE, "practitioner")], NOON),
    "apply": lambda store: store.apply(change(NORTH, changes.PutGrant(grant(LEE, "acc", NORTH)))),
    "rehearse": lambda store: store.rehearse(change(NORTH, changes.PutGrant(grant(LEE, "acc", NORTH)))),
    "record": lambda store: store.record(NORTH, [Event(ACTOR, "read", "x")]),
}


def unavailable(store: SqlStore, *calls: dict[str, Call]) -> None:
    """Every one of these calls raises StoreUnavailable and nothing else, more than once."""
    for call in [call for family in calls for call in family.values()] * 2:
        with pytest.raises(StoreUnavailable):
            call(store)


def available(store: SqlStore, *calls: dict[str, Call]) -> None:
    """Every one of these calls answers."""
    for family in calls:
        for call in family.values():
            call(store)


def unavailable_at(url: str, *calls: dict[str, Call]) -> None:
    """The same of a store opened on this URL for a moment."""
    with closing(open_store(url, IMPATIENT)) as store:
        unavailable(store, *calls)
