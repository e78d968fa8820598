"""`authz serve`: becomes gunicorn, with the shipped configuration."""

from __future__ import annotations

import os
import sys

import click

from authz.cli.opening import existing, settings
from authz.cli.printing import Printer, with_json
from authz.policies.shipped import shipped

CONFIGURATION = "deploy/gunicorn.conf.py"


@click.command()
@with_json
@click.pass_obj
def serve(printer: Printer) -> None:
    """Run the service in the foreground until told to stop.

    Address, processes and threads come from the settings. With --json, one object says what is about to run.
    """
    asked = existing(settings())
    command = [sys.executable, "-m", "gunicorn", "--config", str(shipped(CONFIGURATION))]
    if printer.json:
        printer.facts({"host": asked.host, "port": asked.port, "workers": asked.workers, "threads": asked.threads})
    sys.stdout.flush()
    os.execv(sys.executable, command)  # noqa: S606  # no shell is wanted: signals must reach gunicorn itself
