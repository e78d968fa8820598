"""`authz db`: makes the database, and brings its schema up to date."""

from __future__ import annotations

import click

from authz import storage
from authz.cli.opening import settings
from authz.cli.printing import Printer, with_json
from authz.settings import without_password


@click.group()
def db() -> None:
    """The database and its schema."""


@db.command()
@with_json
@click.pass_obj
def upgrade(printer: Printer) -> None:
    """Bring the schema up to date, making the database where there is none."""
    url = settings().database_url
    storage.upgrade(url)
    shown = without_password(url)
    printer.answer({"database": shown, "schema": "current"}, f"the schema of {shown} is up to date")
