"""`authz analytics-roles`: which reports the members given such a role see."""

from __future__ import annotations

import click

from authz.cli.arguments import PracticeName, RoleName
from authz.cli.opening import actor, opened
from authz.cli.printing import Printer, with_json
from authz.core.names import Practice

_practice = click.argument("practice", type=PracticeName())
_role = click.argument("role", type=RoleName())


@click.group("analytics-roles")
def analytics_roles() -> None:
    """Named sets of reports that a practice gives to its members."""


@analytics_roles.command("list")
@_practice
@with_json
@click.pass_obj
def list_(printer: Printer, practice: Practice) -> None:
    """List the analytics roles of PRACTICE and their reports."""


@analytics_roles.command()
@_practice
@_role
@click.argument("reports", nargs=-1, required=True)
@click.option("--name", help="What people call it; the role's id if left out.")
@with_json
@click.pass_obj
def put(printer: Printer, practice: Practice, role: str, reports: tuple[str, ...], name: str | None) -> None:
    """Make ROLE show exactly these REPORTS."""
    with opened() as service:
        service.roles.put_analytics_role(actor(), practice, role, name or role, reports)


@analytics_roles.command()
@_practice
@_role
@with_json
@click.pass_obj
def remove(printer: Printer, practice: Practice, role: str) -> None:
    """Remove ROLE, which nobody may hold any more."""
    with opened() as service:
        service.roles.remove(actor(), practice, role)
