"""GET /v1/practices/{practice}/seats: how many seats there are and what they cost."""

from __future__ import annotations

from collections import Counter

from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.documented import REVISION, TEXT, an_object, list_of
from authz.api.families import Family
from authz.api.paths import PRACTICE
from authz.api.rights import need
from authz.core.names import Practice
from authz.policies.in_force import active
from authz.policies.seats import CURRENCY, SEAT_PRICES

family = Family("seats", "What the seats of a practice cost")
_NUMBER = {"type": "integer", "minimum": 0}
_SEAT = an_object({"seat": TEXT, "count": _NUMBER, "waiting": _NUMBER, "unit_price": _NUMBER, "monthly": _NUMBER})


@family.endpoint(
    "GET",
    "/v1/practices/<practice>/seats",
    an_object({"items": list_of(_SEAT), "total_monthly": _NUMBER, "currency": TEXT, "revision": REVISION}),
    (403, 404),
    names=[PRACTICE],
)
def seats(practice: Practice) -> Response:
    """Counts the seats of active members, and what they cost a month

    `waiting` are paid seats that nobody has confirmed yet; they cost nothing until then.
    """
    need(practice, "settings", "read")
    snapshot = services().store.snapshot(practice)
    members = [m for m in snapshot.memberships.values() if active(snapshot, m.user)]
    counted = Counter(m.seat for m in members if m.seat_confirmed)
    waiting = Counter(m.seat for m in members if not m.seat_confirmed)
    items = [
        {
            "seat": seat,
            "count": counted[seat],
            "waiting": waiting[seat],
            "unit_price": price,
            "monthly": counted[seat] * price,
        }
        for seat, price in SEAT_PRICES.items()
    ]
    total = sum(counted[seat] * price for seat, price in SEAT_PRICES.items())
    body = {"items": items, "total_monthly": total, "currency": CURRENCY, "revision": snapshot.revision}
    return answer(body, revision=snapshot.revision)
