"""GET /v1/practices/{practice}/seats: how many seats there are and what they cost."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.documented import REVISION, TEXT, an_object, list_of
from authz.api.families import Family
from authz.api.paths import PRACTICE
from authz.api.rights import need
from authz.core.names import Practice
from authz.managing.seats import asked_for
from authz.policies.seats import bill

family = Family("seats", "What the seats of a practice cost")
_NUMBER = {"type": "integer", "minimum": 0}
_COUNTS = ("count", "waiting", "denied", "unit_price", "monthly")
_SEAT = an_object({"seat": TEXT, **dict.fromkeys(_COUNTS, _NUMBER)})


@family.endpoint(
    "GET",
    "/v1/practices/<practice>/seats",
    an_object({"items": list_of(_SEAT), "total_monthly": _NUMBER, "currency": TEXT, "revision": REVISION}),
    (403, 404),
    names=[PRACTICE],
)
def seats(practice: Practice) -> Response:
    """Counts the seats of active members, and what they cost a month

    `waiting` are paid seats whose request waits for its decision. `denied` are those that were refused, or that nobody
    is asked to confirm for another reason; they may be asked for again. Neither costs anything.
    """
    need(practice, "settings", "read")
    snapshot = services().store.snapshot(practice)
    found = bill(snapshot, asked_for(services().store, practice))
    body = {
        "items": [asdict(line) for line in found.lines],
        "total_monthly": found.total,
        "currency": found.currency,
        "revision": snapshot.revision,
    }
    return answer(body, revision=snapshot.revision)
