"""`authz demo`: makes the two demo practices, and keys to ask with."""

from __future__ import annotations

import json
from pathlib import Path

import click

from authz.cli.opening import opened, typed
from authz.cli.printing import Printer, with_json
from authz.demo import load
from authz.demo.keys import issue
from authz.settings import Settings

KEYS_FILE = Path("var/demo-keys.json")
_DRAFT = {"type": "chart_note", "id": "n1", "attributes": {"author": "user:ray", "state": "draft"}}


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
    with opened() as service:
        made = load(service, typed())
        keys = issue(service, typed(), keys_file)
        commands = to_try(service.settings, keys["service:charting"])
    width = max(map(len, keys))
    printer.answer(
        {"made": {"practices": made.practices, "people": made.people}, "keys": keys, "commands": commands},
        f"demo practices northside and southside: {made.people} people made now",
        "",
        f"keys, also in {keys_file}:",
        *(f"  {holder:<{width}}  {token}" for holder, token in keys.items()),
        "",
        "three commands to try, once the service runs:",
        *(f"\n{command}" for command in commands),
        "",
    )


def to_try(settings: Settings, key: str) -> list[str]:
    """Three questions as curl commands: one answered no, one yes with an obligation, one about everything."""
    base = f"http://{settings.host}:{settings.port}/v1"
    head = f"curl -s -H 'Authorization: Bearer {key}'"
    ask = f"{head} -H 'Content-Type: application/json' {base}/check -d"
    edits = {"practice": "northside", "subject": "user:lee", "action": "edit", "resource": _DRAFT}
    signs = {"practice": "northside", "subject": "user:ray", "action": "sign", "resource": _DRAFT}
    return [
        f"{ask} '{json.dumps(edits)}'",
        f"{ask} '{json.dumps(signs)}'",
        f"{head} {base}/practices/northside/users/lee/permissions",
    ]
