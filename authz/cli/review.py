"""`authz review`: access that nobody uses, and the statement that all of it has been looked at."""

from __future__ import annotations

from dataclasses import replace

import click

from authz.cli.arguments import PracticeName
from authz.cli.exits import NO, YES
from authz.cli.opening import opened, typed
from authz.cli.printing import Printer, with_json
from authz.cli.rows import every
from authz.core.names import INSTALLATION, Practice
from authz.reviewing.review_tables import plain_holding, plain_sign_off

_WHERE = PracticeName(or_installation=True)
_COLUMNS = ("practice", "subject", "role", "granted_at", "granted_by", "last_used")


@click.group()
def review() -> None:
    """Who holds what: `authz policy matrix` shows it, this finds what is unused and signs it off."""


@review.command()
@click.argument("practice", type=_WHERE, required=False)
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="Unused for so long.")
@with_json
@click.pass_obj
def unused(printer: Printer, practice: Practice | None, days: int) -> int:
    """List the roles held in PRACTICE, or anywhere, that have not said yes to anything for some days.

    Exit code 0: there are none; 1: there are.
    """
    with opened() as service:
        everywhere = [INSTALLATION, *every(service.store.practices, lambda one: one.id, "")]
        found = [
            {"practice": where.id, **plain_holding(holding)}
            for where in ([practice] if practice else everywhere)
            for holding in service.reviewing.unused(where, days)
            if holding.everywhere is (where == INSTALLATION)
        ]
    printer.table("unused", found, _COLUMNS, empty=f"everything has been used within {days} days")
    return NO if found else YES


@review.command("sign")
@click.argument("practice", type=PracticeName())
@click.option("--revision", type=click.IntRange(min=1), required=True, help="The one that was looked at.")
@click.option("--reason", default="", help="What was found; kept in the audit log.")
@with_json
@click.pass_obj
def sign(printer: Printer, practice: Practice, revision: int, reason: str) -> None:
    """State that all that is held in PRACTICE at this revision has been looked at."""
    with opened() as service:
        signed = service.reviewing.sign_off(replace(typed(), reason=reason.strip()), practice, revision)
    printer.answer(plain_sign_off(signed), f"revision {signed.revision} of {practice} is signed off by {signed.by}")
