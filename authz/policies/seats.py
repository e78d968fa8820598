"""What seats cost: prices are data, and a practice's seats are counted against them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from authz.core.names import Subject
from authz.core.policy import Snapshot
from authz.policies.in_force import active

CURRENCY: Final = "USD"
SEAT_PRICES: Final = {"provider": 49, "clinical_staff": 25, "office": 0}  # a month, in whole units of the currency


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of seat: how many active people have it, and what it costs.

    `waiting` are seats whose request waits for its decision, `denied` those that nobody is asked to confirm any more;
    neither is in `count`, and neither costs anything.
    """

    seat: str
    count: int
    waiting: int
    denied: int
    unit_price: int
    monthly: int


@dataclass(frozen=True, slots=True)
class Bill:
    """A practice's seats, and their sum a month."""

    lines: tuple[Line, ...]
    total: int
    currency: str = CURRENCY


def bill(snapshot: Snapshot, asked: Collection[Subject]) -> Bill:
    """The seats of the active members of a practice; `asked` are those for whose seat a request waits."""
    members = [member for member in snapshot.memberships.values() if active(snapshot, member.user)]
    counted = Counter(member.seat for member in members if member.seat_confirmed)
    waiting = Counter(member.seat for member in members if not member.seat_confirmed and member.user in asked)
    denied = Counter(member.seat for member in members if not member.seat_confirmed and member.user not in asked)
    lines = tuple(
        Line(seat, counted[seat], waiting[seat], denied[seat], price, counted[seat] * price)
        for seat, price in SEAT_PRICES.items()
    )
    return Bill(lines, sum(line.monthly for line in lines))
