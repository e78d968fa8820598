"""`authz guests`: people of other practices who work in this one too."""

from __future__ import annotations

import click

from authz.cli import sheets
from authz.cli.arguments import Pair, PracticeName, UserName, mapping
from authz.cli.opening import opened
from authz.cli.people import member_in
from authz.cli.printing import Printer, with_json
from authz.cli.showing import tell_member
from authz.cli.writing import writes
from authz.core.names import Practice, Subject
from authz.core.people import SEATS
from authz.managing import Terms

_practice = click.argument("practice", type=PracticeName())
_user = click.argument("user", type=UserName())


@click.group()
def guests() -> None:
    """People of other practices who work in this one too."""


@guests.command()
@_practice
@_user
@click.option("--seat", type=click.Choice(SEATS), default="office", show_default=True)
@click.option("--set", "switches", type=Pair(), multiple=True, help="A switch, as practitioner=true. Repeatable.")
@writes
@with_json
@click.pass_obj
def admit(
    printer: Printer, practice: Practice, user: Subject, seat: str, switches: tuple[tuple[str, str], ...], by: Terms
) -> None:
    """Make USER, whose home is another practice, a member of PRACTICE with this seat and these switches."""
    sheet = sheets.changed(None, mapping(switches, "--set"))
    with opened() as service:
        outcome = service.memberships.admit(by, practice, user, seat, sheet)
        tell_member(printer, outcome, member_in(service, outcome.after, user))


@guests.command()
@_practice
@_user
@writes
@with_json
@click.pass_obj
def dismiss(printer: Printer, practice: Practice, user: Subject, by: Terms) -> None:
    """End the membership of the guest USER and what was given with it; that they were here stays on record."""
    with opened() as service:
        outcome = service.memberships.dismiss(by, practice, user)
        tell_member(printer, outcome, member_in(service, outcome.after, user))
