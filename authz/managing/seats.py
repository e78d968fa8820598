"""Paid seats that wait to be confirmed: the requests that come and go with them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from authz.core.changes import Event, Operation, PutAccessRequest
from authz.core.names import Practice, Subject
from authz.core.people import FREE_SEATS, AccessRequest, Membership
from authz.core.ports import Store
from authz.managing.scene import Scene
from authz.managing.terms import Terms

PAID_SEAT: Final = "paid_seat"
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class SeatRequests:
    """Requests made and voided by a change of a seat, their events, and the ids made up for them."""

    operations: list[Operation]
    events: list[Event]
    minted: list[str]


def seat_requests(store: Store, by: Terms, scene: Scene, member: Membership) -> SeatRequests:
    """A request for the seat that this membership is to have, if it waits for one; older ones come to nothing.

    Each of them has an event of its own.
    """
    changes = SeatRequests([], [], [])
    for request in store.access_requests(member.practice, state="pending", user=member.user):
        if request.kind == PAID_SEAT:
            was = {"kind": PAID_SEAT, "state": request.state, "id": request.id}
            changes.operations.append(PutAccessRequest(replace(request, state="void", decided_at=scene.now)))
            changes.events.append(Event(by.actor, "request_void", str(member.user), was, {"state": "void"}, by.reason))
    if member.seat not in FREE_SEATS and not member.seat_confirmed:
        made = AccessRequest(
            fresh_id(scene.now),
            member.practice,
            PAID_SEAT,
            member.user,
            by.actor.subject,
            scene.now,
            by.reason,
            member.seat,
        )
        changes.operations.append(PutAccessRequest(made))
        changes.events.append(made_event(by, made))
        changes.minted.append(made.id)
    return changes


def asked_for(store: Store, practice: Practice) -> frozenset[Subject]:
    """Everybody for whose paid seat a request waits for its decision."""
    found: set[Subject] = set()
    after = ""
    while page := store.access_requests(practice, state="pending", after=after, limit=_PAGE):
        found.update(request.user for request in page if request.kind == PAID_SEAT)
        after = page[-1].id
    return frozenset(found)


def made_event(by: Terms, made: AccessRequest) -> Event:
    """What the record says of a request that comes into being."""
    seat = {"seat": made.seat} if made.seat else {}
    return Event(by.actor, "request_made", str(made.user), {}, {"kind": made.kind, "id": made.id, **seat}, by.reason)


def fresh_id(now: datetime) -> str:
    """An id that nothing else has; later ones come after earlier ones in the order of texts."""
    return f"{int(now.timestamp() * 1000):012x}{uuid.uuid4().hex[:20]}"
