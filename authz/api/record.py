"""GET .../audit/verify, .../audit/export and .../audit/checkpoint: is the record whole, for us and for outsiders?"""

from __future__ import annotations

import re
from itertools import chain
from typing import Any, Final

import marshmallow as ma
from flask import Response

from authz.api.answers import answer
from authz.api.audit import AUDIT, NUMBER, record_reading
from authz.api.auth import services
from authz.api.documented import MOMENT, TEXT, an_object, list_of
from authz.api.families import Family
from authz.api.fields import Body, Text
from authz.api.paths import PRACTICE
from authz.api.rights import need
from authz.core.errors import Invalid, StoreUnavailable
from authz.core.names import Practice
from authz.core.record import Checkpoint
from authz.reviewing.checkpoints import HEAD_PATTERN, facts_of, head_of
from authz.reviewing.exporting import exported

family = Family("record", "Whether the record is whole: verified here, or taken away to be verified by others")
_PROBLEMS: Final = ["changed", "removed", "inserted", "rewritten"]
_BROKEN: Final = an_object({"seq": {"type": "integer"}, "problem": {"enum": _PROBLEMS}})
_MEDIA: Final = "application/x-ndjson"
_NUMBER: Final = re.compile("0|[1-9][0-9]{0,14}")


class _Seq(Text):
    """The number of an event, in plain digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not _NUMBER.fullmatch(super()._deserialize(value, attr, data, **kwargs)):
            raise ma.ValidationError("must be the number of an event")
        return int(value)


class _Head(Text):
    """The hash of an event, with or without `sha256:` in front."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return head_of(super()._deserialize(value, attr, data, **kwargs))
        except ValueError as error:
            raise ma.ValidationError("must be the `head` of a checkpoint") from error


class CheckpointQuery(Body):
    """A checkpoint that was kept elsewhere."""

    seq = _Seq(metadata={"description": "the event that a checkpoint names", "pattern": f"^(?:{_NUMBER.pattern})$"})
    head = _Head(metadata={"description": "the hash that it names", "pattern": f"^{HEAD_PATTERN}$"})

    @ma.validates_schema
    def _both(self, given: dict[str, Any], **kwargs: Any) -> None:
        if len(given) == 1:
            missing = "head" if "seq" in given else "seq"
            raise ma.ValidationError("`seq` and `head` are given together", missing)


class ExportQuery(Body):
    """Which part of the record is wanted."""

    since = _Seq(
        load_default=0,
        metadata={"description": "only the events after this one", "pattern": f"^(?:{_NUMBER.pattern})$"},
    )


@family.endpoint(
    "GET",
    f"{AUDIT}/verify",
    an_object({"intact": {"type": "boolean"}, "events": NUMBER, "head": TEXT, "broken": list_of(_BROKEN)}),
    (403, 404),
    query=CheckpointQuery,
    names=[PRACTICE],
)
def verify_audit(query: dict[str, Any], practice: Practice) -> Response:
    """Walks the whole record and names every event that was changed, removed or inserted

    Held against the `seq` and `head` of a checkpoint that was kept elsewhere, it also finds a record that was sealed
    anew from end to end: the event of that number is `rewritten`.
    """
    need(practice, "audit_log", "read")
    kept = [Checkpoint(practice, query["seq"], query["head"])] if query else []
    found = services().store.audit_check(practice, kept)
    try:
        record_reading(practice, "audit_verified", {"events": found.events, "intact": not found.broken})
    except StoreUnavailable:
        if not found.broken:
            raise
        # What is broken is told even where nothing can be recorded any more, which may be what is broken.
    broken = [{"seq": one.seq, "problem": one.problem} for one in found.broken]
    body = {"intact": not broken, "events": found.events, "head": f"sha256:{found.head}", "broken": broken}
    return answer(body)


@family.endpoint(
    "GET",
    f"{AUDIT}/checkpoint",
    an_object({"practice": TEXT, "seq": NUMBER, "head": TEXT, "at": MOMENT}),
    (403, 404),
    names=[PRACTICE],
)
def take_checkpoint(practice: Practice) -> Response:
    """Tells the number, the hash and the moment of the last event, to be kept elsewhere

    It tells nothing else of the record, and is not recorded: while nothing happens it stays the same.
    """
    need(practice, "audit_log", "read")
    return answer(facts_of(services().store.end_of_record(practice)[0]))


@family.endpoint(
    "GET",
    f"{AUDIT}/export",
    {"type": "string", "description": "one JSON object a line: the events as they are sealed, then the checkpoint"},
    (403, 404),
    query=ExportQuery,
    names=[PRACTICE],
    media=_MEDIA,
)
def export_audit(query: dict[str, Any], practice: Practice) -> Response:
    """The record as JSON Lines, for `deploy/verify_audit.py` or any other program that knows SHA-256

    Each line but the last is an event: exactly what its `hash` covers beside `previous_hash`. The last one is
    `{"checkpoint": ...}`; without it the export was cut short. That the record was exported is itself recorded, and
    stands in the next export.
    """
    need(practice, "audit_log", "read")
    store = services().store
    end, strays = store.end_of_record(practice)
    since = query["since"]
    if since > end.seq:
        raise Invalid.field("since", f"must not be above {end.seq}, the last event")
    record_reading(practice, "audit_exported", {"since": since, "upto": end.seq})
    pages = exported(store, end, strays, since)
    return Response(chain([next(pages)], pages), content_type=_MEDIA)
