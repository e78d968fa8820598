"""Paid seats that wait to be confirmed: the requests that come and go with them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from authz.core.changes import Operation, PutAccessRequest
from authz.core.people import FREE_SEATS, AccessRequest, Membership
from authz.core.ports import Store
from authz.managing.scene import Scene
from authz.managing.terms import Terms

PAID_SEAT = "paid_seat"


def seat_requests(store: Store, by: Terms, scene: Scene, member: Membership) -> Iterator[Operation]:
    """A request for the seat that this membership is to have, if it waits for one; older ones come to nothing."""
    for request in store.access_requests(member.practice, state="pending", user=member.user):
        if request.kind == PAID_SEAT:
            yield PutAccessRequest(replace(request, state="void", decided_at=scene.now))
    if member.seat not in FREE_SEATS and not member.seat_confirmed:
        yield PutAccessRequest(
            AccessRequest(
                fresh_id(scene.now),
                member.practice,
                PAID_SEAT,
                member.user,
                by.actor.subject,
                scene.now,
                by.reason,
                member.seat,
            )
        )


def fresh_id(now: datetime) -> str:
    """An id that nothing else has; later ones come after earlier ones in the order of texts."""
    return f"{int(now.timestamp() * 1000):012x}{uuid.uuid4().hex[:20]}"
