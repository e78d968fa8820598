"""`authz demo`: makes the two demo practices, and keys to ask with."""

from __future__ import annotations

from pathlib import Path

import click

from authz.cli.opening import actor, opened
from authz.cli.printing import Printer, with_json
from authz.demo import load
from authz.demo.keys import write_keys

KEYS_FILE = Path("var/demo-keys.json")


@click.command()
@click.option(
    "--keys",
    "keys_file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=KEYS_FILE,
    show_default=True,
    help="Where the keys are written, readable by you alone.",
)
@with_json
@click.pass_obj
def demo(printer: Printer, keys_file: Path) -> None:
    """Make the practices northside and southside with their people, and one key for each demo caller.

    Running it again changes nothing, and keys that still work stay.
    """
