"""`authz serve`: becomes gunicorn, with the shipped configuration."""

from __future__ import annotations

import os
import socket
import sys
import time
from typing import Final

import click

from authz.cli.opening import existing, settings
from authz.cli.printing import Printer, with_json
from authz.core.errors import Conflict
from authz.policies.shipped import shipped

CONFIGURATION = "deploy/gunicorn.conf.py"
PATIENCE_SECONDS: Final = 5.0
_PAUSE: Final = 0.5


@click.command()
@with_json
@click.pass_obj
def serve(printer: Printer) -> None:
    """Run the service in the foreground until told to stop.

    Address, processes and threads come from the settings. With --json, one object says what is about to run.
    """
    asked = existing(settings())
    _refuse_taken(asked.host, asked.port)
    command = [sys.executable, "-m", "gunicorn", "--config", str(shipped(CONFIGURATION))]
    if printer.json:
        printer.facts({"host": asked.host, "port": asked.port, "workers": asked.workers, "threads": asked.threads})
    sys.stdout.flush()
    os.execv(sys.executable, command)  # noqa: S606  # no shell is wanted: signals must reach gunicorn itself


def _refuse_taken(host: str, port: int) -> None:
    """Raises Conflict for an address that cannot be listened on, once whoever is just leaving it had time to."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind) as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server itself will have it
                tried.bind(address)
        except OSError as error:
            if time.monotonic() >= give_up:
                told = f"{host} port {port} cannot be listened on: {error.strerror}"
                raise Conflict("address", f"{told}; AUTHZ_HOST and AUTHZ_PORT name another") from error
            time.sleep(_PAUSE)
        else:
            return
