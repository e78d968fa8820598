"""`authz policy rows`: the rules and held roles in force, in Casbin's own format."""

from __future__ import annotations

import click

from authz.cli.arguments import PracticeName
from authz.cli.opening import opened
from authz.cli.printing import Printer, with_json
from authz.core.names import INSTALLATION, Practice
from authz.reviewing.casbin_rows import as_casbin


@click.command()
@click.argument("practice", type=PracticeName(or_installation=True), default=INSTALLATION.id)
@with_json
@click.pass_obj
def rows(printer: Printer, practice: Practice) -> None:
    """Print the rows by which PRACTICE is decided, as Casbin reads them beside its model.

    Without PRACTICE, the rules that ship and who holds a role in the whole installation.
    """
    with opened() as service:
        held = service.checker.held(practice)
    text = as_casbin(held.rows())
    printer.answer({"practice": practice.id, "revision": held.revision, "rows": text.splitlines()}, text.rstrip("\n"))
