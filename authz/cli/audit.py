"""`authz audit`: what was changed by whom, and whether the record is whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import click

from authz.bootstrap import Services
from authz.cli.arguments import Moment, PracticeName
from authz.cli.exits import NO, YES
from authz.cli.opening import opened, typed
from authz.cli.printing import Printer, with_json
from authz.cli.rows import every, plain, row_of
from authz.core.changes import Event
from authz.core.moments import told
from authz.core.names import INSTALLATION, Practice
from authz.core.record import EventQuery, RecordedEvent

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
    asked = {name: str(plain(value)) for name, value in row_of(wanted).items() if value}
    with opened() as service:
        last = service.store.last_event(practice)
        _record(service, practice, "audit_read", asked)
        found = every(
            lambda after, limit: service.store.events(practice, after, limit, wanted, last), lambda one: one.seq, 0
        )
        rows = [_row(one) for one in found]
    printer.table("events", rows, _COLUMNS, empty="no events")


@audit.command()
@click.argument("practice", type=_WHERE, required=False)
@with_json
@click.pass_obj
def verify(printer: Printer, practice: Practice | None) -> int:
    """Walk the whole record of PRACTICE, or of all practices, and name every event that was tampered with."""
    rows: list[dict[str, object]] = []
    with opened() as service:
        every_one = every(service.store.practices, lambda one: one.id, "")
        for one in [practice] if practice else [INSTALLATION, *every_one]:
            found = service.store.audit_check(one)
            _record(service, one, "audit_verified", {"events": found.events, "intact": not found.broken})
            broken = [{"seq": link.seq, "problem": link.problem} for link in found.broken]
            head = f"sha256:{found.head}"
            rows.append(
                {"practice": one.id, "intact": not broken, "events": found.events, "head": head, "broken": broken}
            )
    whole = all(row["intact"] for row in rows)
    printer.answer({"intact": whole, "practices": rows}, *map(_told, rows))
    return YES if whole else NO


def _record(service: Services, practice: Practice, action: str, asked: Mapping[str, object]) -> None:
    """INVARIANT: what the record holds leaves only after it says who read it."""
    service.store.record(practice, [Event(typed().actor, action, f"practice:{practice}", after=asked)])


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


def _told(row: Mapping[str, object]) -> str:
    broken = row["broken"]
    assert isinstance(broken, list)  # noqa: S101  # made above
    state = ", ".join(f"event {link['seq']} was {link['problem']}" for link in broken) or "intact"
    return f"{row['practice']}: {state}; {row['events']} events, head {row['head']}"
