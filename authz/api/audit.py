"""GET /v1/practices/{practice}/audit: what was changed by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import marshmallow as ma
from flask import Response

from authz.api.answers import answer, moment
from authz.api.auth import caller, services
from authz.api.documented import MOMENT, REVISION, TEXT, an_object
from authz.api.entered import Entered
from authz.api.families import Family
from authz.api.fields import Moment
from authz.api.paging import PageQuery, cursor_at, page_of, place_of
from authz.api.paths import PRACTICE
from authz.api.rights import need
from authz.core.changes import Event
from authz.core.names import Practice
from authz.core.record import ACTIONS, EventQuery, RecordedEvent
from authz.managing import filters

family = Family("audit", "The record of a practice: one event for each change, each sealed with the one before")
AUDIT: Final = "/v1/practices/<practice>/audit"
_TOLD: Final = {"type": ["object", "null"], "additionalProperties": True}
NUMBER: Final = {"type": "integer", "minimum": 0}
_EVENT: Final = an_object(
    {
        "seq": NUMBER,
        "at": {"anyOf": [MOMENT, {"type": "null"}]},
        "revision": REVISION,
        "actor": TEXT,
        "via": TEXT,
        "request_id": TEXT,
        "action": TEXT,
        "subject": TEXT,
        "before": _TOLD,
        "after": _TOLD,
        "reason": TEXT,
        "previous_hash": TEXT,
        "hash": TEXT,
        "unreadable": {
            "type": "boolean",
            "description": "spoilt in the database; what is null of it is lost",
        },
    }
)


class AuditQuery(PageQuery):
    """Which events are wanted."""

    actor = Entered(filters.one_recorded, metadata={"description": "who did it", "example": "user:omar"})
    subject = Entered(
        filters.one_recorded, metadata={"description": "whom or what it was done to", "example": "user:ray"}
    )
    action = Entered(
        filters.action_recorded,
        metadata={"description": "what was done", "enum": sorted(ACTIONS), "example": "access_set"},
    )
    since = Moment()
    until = Moment()

    @ma.validates("cursor")
    def _place(self, cursor: str, data_key: str) -> None:
        _place(cursor)


@family.endpoint("GET", AUDIT, an_object(page_of(_EVENT)), (403, 404), query=AuditQuery, names=[PRACTICE])
def read_audit(query: dict[str, Any], practice: Practice) -> Response:
    """Lists recorded events, the oldest first

    That somebody read them is itself recorded. Pages show what was there when the first of them was read. An event that
    was spoilt in the database is `unreadable`: what cannot be read of it is null, and the others are shown as ever.

    A filter that names a person who is no member, and of whom the record says nothing, is 422: an empty list would read
    as if nothing had happened.
    """
    need(practice, "audit_log", "read")
    after, upto = _place(query.get("cursor")) or (0, services().store.last_event(practice))
    wanted = EventQuery(**{name: query[name] for name in EventQuery.__slots__ if name in query})
    limit = query["limit"]
    found = services().store.events(practice, after, limit + 1, wanted, upto)
    asked = {name: value for name, value in asdict(wanted).items() if value}
    record_reading(practice, "audit_read", {name: str(value) for name, value in asked.items()})
    if not found:
        filters.nobody_in_the_record(services().store, practice, wanted).settle()
    following = cursor_at(f"{found[limit - 1].seq}:{upto}") if len(found) > limit else None
    return answer({"items": [_shown(event) for event in found[:limit]], "next": following})


def record_reading(practice: Practice, action: str, asked: Mapping[str, object]) -> None:
    """INVARIANT: what the record holds leaves only after it says who read it."""
    services().store.record(practice, [Event(caller().actor, action, f"practice:{practice}", after=asked)])


def _place(cursor: str | None) -> tuple[int, int] | None:
    """After which event a page begins, and with which the list ends."""
    if not cursor:
        return None
    place = place_of(cursor)
    after, _, upto = place.partition(":")
    if not (after.isdecimal() and upto.isdecimal() and place.isascii()) or max(len(after), len(upto)) > 15:
        raise ma.ValidationError("must be the `next` of the page before")
    return int(after), int(upto)


def _shown(recorded: RecordedEvent) -> dict[str, object]:
    event = recorded.event
    return {
        "seq": recorded.seq,
        "at": moment(recorded.at),
        "revision": recorded.revision,
        "actor": event.actor.subject,
        "via": event.actor.via,
        "request_id": event.actor.request_id,
        "action": event.action,
        "subject": event.target,
        "before": None if "before" in recorded.unreadable else dict(event.before),
        "after": None if "after" in recorded.unreadable else dict(event.after),
        "reason": event.reason,
        "previous_hash": recorded.previous_hash,
        "hash": recorded.hash,
        "unreadable": bool(recorded.unreadable),
    }
