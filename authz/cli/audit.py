"""`authz audit`: what was changed by whom, and whether the record is whole."""

from __future__ import annotations

from datetime import datetime

import click

from authz.cli.arguments import Moment, PracticeName
from authz.cli.opening import opened
from authz.cli.printing import Printer, with_json
from authz.cli.record import checkpoint, export, record_reading, verify
from authz.cli.rows import every, plain, row_of
from authz.core.moments import told
from authz.core.names import Practice
from authz.core.record import EventQuery, RecordedEvent
from authz.managing import filters

_WHERE = PracticeName(or_installation=True)
_PAST = Moment(past=True)
_COLUMNS = ("seq", "at", "actor", "action", "subject", "before", "after", "reason")


@click.group()
def audit() -> None:
    """The record of what was changed; that somebody read it is in it too."""


@audit.command("list")
@click.argument("practice", type=_WHERE)
@click.option("--actor", default="", help="Only what this one did, as user:omar.")
@click.option("--subject", default="", help="Only what was done to this one, as user:ray.")
@click.option("--action", default="", help="Only this, as access_set.")
@click.option("--since", type=_PAST, help="Only from this moment on, or the last 30m, 8h, 90d.")
@click.option("--until", type=_PAST, help="Only before this moment.")
@with_json
@click.pass_obj
def list_(printer: Printer, /, practice: Practice, since: datetime | None, until: datetime | None, **who: str) -> None:
    """List the events of PRACTICE, or of the installation where it is '*', the oldest first."""
    wanted = EventQuery(**who, since=since, until=until)
    filters.events_wanted(wanted).settle()
    asked = {name: str(plain(value)) for name, value in row_of(wanted).items() if value}
    with opened() as service:
        last = service.store.last_event(practice)
        record_reading(service, practice, "audit_read", asked)
        found = every(
            lambda after, limit: service.store.events(practice, after, limit, wanted, last), lambda one: one.seq, 0
        )
        rows = [_row(one) for one in found]
        if not rows:
            filters.nobody_in_the_record(service.store, practice, wanted).settle()
    printer.table("events", rows, _COLUMNS, empty="no events")


def _row(recorded: RecordedEvent) -> dict[str, object]:
    event = recorded.event
    return {
        "seq": recorded.seq,
        "at": told(recorded.at) if recorded.at else None,
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


for _command in (verify, export, checkpoint):
    audit.add_command(_command)
