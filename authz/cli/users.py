"""`authz users`: the people of a practice, their life there and their access sheets."""

from __future__ import annotations

import click

from authz.cli.arguments import Pair, PracticeName, UserName, mapping
from authz.cli.opening import actor, opened
from authz.cli.people import details, person_rows, sheet_in, sheet_lines
from authz.cli.printing import Printer, with_json
from authz.cli.sheets import changed
from authz.core.names import Practice, Subject
from authz.core.people import SEATS

_practice = click.argument("practice", type=PracticeName())
_user = click.argument("user", type=UserName())
_reason = click.option("--reason", default="", help="Why; kept in the audit log.")
_NOBODY = "none"


@click.group()
def users() -> None:
    """The people of a practice."""


@users.command("list")
@_practice
@with_json
@click.pass_obj
def list_(printer: Printer, practice: Practice) -> None:
    """List everybody in PRACTICE, those who left included."""
    with opened() as service:
        rows = person_rows(service, practice)
    printer.table("users", rows, ("id", "name", "email", "status", "seat", "roles"), empty="nobody")


@users.command()
@_practice
@click.argument("email")
@click.argument("name")
@click.option("--id", "user", type=UserName(), help="The person's id, for ever; made up if left out.")
@click.option("--seat", type=click.Choice(SEATS), default="office", show_default=True)
@click.option("--set", "switches", type=Pair(), multiple=True, help="A switch, as practitioner=true. Repeatable.")
@_reason
@with_json
@click.pass_obj
def add(
    printer: Printer,
    practice: Practice,
    email: str,
    name: str,
    user: Subject | None,
    seat: str,
    switches: tuple[tuple[str, str], ...],
    reason: str,
) -> None:
    """Add the person NAME with the address EMAIL to PRACTICE."""
    sheet = changed(None, mapping(switches, "--set"))
    with opened() as service:
        raise NotImplementedError
