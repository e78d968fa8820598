"""`authz emergencies`: emergency accesses listed and ended; only people of a practice begin and review them."""

from __future__ import annotations

import click

from authz.cli.arguments import PracticeName
from authz.cli.opening import opened
from authz.cli.printing import Printer, with_json
from authz.cli.rows import every, row_of
from authz.cli.writing import tell, writes
from authz.core.names import Practice
from authz.core.people import Emergency
from authz.managing import Terms

_practice = click.argument("practice", type=PracticeName())


@click.group()
def emergencies() -> None:
    """Emergency accesses; people of the practice begin and review them, through the API."""


@emergencies.command("list")
@_practice
@click.option("--to-review", is_flag=True, help="Only those that nobody has reviewed.")
@with_json
@click.pass_obj
def list_(printer: Printer, practice: Practice, to_review: bool) -> None:
    """List the emergency accesses of PRACTICE, the oldest first."""
    with opened() as service:
        service.store.revision(practice)
        found = every(
            lambda after, limit: service.store.emergencies(practice, to_review=to_review, after=after, limit=limit),
            lambda emergency: emergency.id,
            "",
        )
        now = service.now()
        rows = [{**row_of(one, "practice"), "open": one.open_at(now)} for one in found]
    columns = ("id", "user", "patient", "reason", "started_at", "until", "ended_at", "open", "reviewed_by")
    printer.table("emergencies", rows, columns, empty="no emergencies")


@emergencies.command()
@_practice
@click.argument("emergency_id")
@writes
@with_json
@click.pass_obj
def end(printer: Printer, practice: Practice, emergency_id: str, by: Terms) -> None:
    """End an emergency access before its time."""
    with opened() as service:
        outcome = service.emergencies.end(by, practice, emergency_id)
    ended = outcome.answer
    assert isinstance(ended, Emergency)  # noqa: S101  # what the use case answers with
    line = f"{ended.user} reads no more of {ended.patient} by emergency access"
    tell(printer, outcome, row_of(ended), line)
