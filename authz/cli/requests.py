"""`authz requests`: what waits for somebody else's decision."""

from __future__ import annotations

import click

from authz.cli.arguments import PracticeName, UserName
from authz.cli.opening import opened
from authz.cli.printing import Printer, with_json
from authz.cli.rows import every, row_of
from authz.cli.writing import tell, writes
from authz.core.names import Practice, Subject
from authz.core.people import REQUEST_KINDS, REQUEST_STATES, AccessRequest
from authz.managing import Outcome, Terms, filters
from authz.managing.entries import Entries

_practice = click.argument("practice", type=PracticeName())
_id = click.argument("request_id")


@click.group()
def requests() -> None:
    """Enablements for eRx and paid seats, asked for by one and allowed by another."""


@requests.command("list")
@_practice
@click.option("--state", type=click.Choice(REQUEST_STATES), help="Only those in this state.")
@click.option("--user", type=UserName(), help="Only those about this person.")
@with_json
@click.pass_obj
def list_(printer: Printer, practice: Practice, state: str | None, user: Subject | None) -> None:
    """List the requests of PRACTICE, the oldest first."""
    with opened() as service:
        service.store.revision(practice)
        found = every(
            lambda after, limit: service.store.access_requests(practice, state or "", user, after, limit),
            lambda request: request.id,
            "",
        )
        rows = [row_of(request, "practice") for request in found]
        if user is not None and not rows:
            entries = Entries()
            filters.person_wanted(entries, "user", service.store.snapshot(practice), user)
            entries.settle()
    columns = ("id", "kind", "user", "seat", "state", "asked_by", "asked_at", "reason", "decided_by", "decided_at")
    printer.table("requests", rows, columns, empty="no requests")


@requests.command()
@_practice
@click.argument("kind", type=click.Choice(REQUEST_KINDS))
@click.argument("user", type=UserName())
@writes
@with_json
@click.pass_obj
def ask(printer: Printer, practice: Practice, kind: str, user: Subject, by: Terms) -> None:
    """Ask for what KIND names for USER; whoever asks does not decide."""
    with opened() as service:
        _tell(printer, service.requests.ask(by, practice, kind, user))


@requests.command()
@_practice
@_id
@writes
@with_json
@click.pass_obj
def approve(printer: Printer, practice: Practice, request_id: str, by: Terms) -> None:
    """Allow what somebody else asked for."""
    with opened() as service:
        _tell(printer, service.requests.approve(by, practice, request_id))


@requests.command()
@_practice
@_id
@writes
@with_json
@click.pass_obj
def deny(printer: Printer, practice: Practice, request_id: str, by: Terms) -> None:
    """Refuse what somebody else asked for."""
    with opened() as service:
        _tell(printer, service.requests.deny(by, practice, request_id))


def _tell(printer: Printer, outcome: Outcome) -> None:
    request = outcome.answer
    assert isinstance(request, AccessRequest)  # noqa: S101  # what the use case answers with
    line = f"{request.kind} of {request.user}, asked for by {request.asked_by}, is {request.state}: {request.id}"
    tell(printer, outcome, row_of(request), line)
