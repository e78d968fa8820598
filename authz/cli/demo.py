"""`authz demo`: makes the two demo practices, and keys to ask with."""

from __future__ import annotations

import json
from pathlib import Path

import click

from authz.bootstrap import Services
from authz.cli.opening import opened, typed
from authz.cli.printing import Printer, with_json
from authz.demo import load
from authz.demo.keys import issue
from authz.demo.pack import load_pack
from authz.policies.pack import PACK, Pack
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

    Where a policy pack is set, the practices that it brings along are made in their place. Running it again changes
    nothing, and keys that still work stay.
    """
    with opened() as service:
        if PACK is not None:
            _of_pack(printer, service, PACK, keys_file)
            return
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


def _of_pack(printer: Printer, service: Services, pack: Pack, keys_file: Path) -> None:
    callers = load_pack(service, typed(), pack)
    keys = issue(service, typed(), keys_file, callers)
    practices = sorted({practice.id for practice in callers.values()})
    printer.answer(
        {"made": {"practices": practices}, "keys": keys},
        f"practices of {pack.folder}: {', '.join(practices)}",
        "",
        f"keys, also in {keys_file}:",
        *(f"  {holder}  {token}" for holder, token in keys.items()),
    )


def to_try(settings: Settings, key: str) -> list[str]:
    """Three questions as curl commands: one answered no, one yes with an obligation, one about everything."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = f"http://{host}:{settings.port}/v1"
    head = f"curl -s -w '\\n' -H 'Authorization: Bearer {key}'"
    ask = f"{head} -H 'Content-Type: application/json' {base}/check -d"
    edits = {"practice": "northside", "subject": "user:lee", "action": "edit", "resource": _DRAFT}
    signs = {"practice": "northside", "subject": "user:ray", "action": "sign", "resource": _DRAFT}
    return [
        f"{ask} '{json.dumps(edits)}'",
        f"{ask} '{json.dumps(signs)}'",
        f"{head} {base}/practices/northside/users/lee/permissions",
    ]
