"""`authz policy mutate`: takes away and widens each rule, and tells what no grid would notice."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from authz.cli.exits import NO, YES
from authz.cli.policy.gathering import gathered, with_grids_and_rules
from authz.cli.printing import Printer, with_json
from authz.reviewing.mutating import Survivor, count, survivors
from authz.reviewing.verdicts import failing


@click.command()
@with_grids_and_rules
@with_json
@click.pass_obj
def mutate(printer: Printer, folders: tuple[Path, ...], rules: Path | None) -> int:
    """Take away and widen each rule in turn, and list every change that no grid in FOLDER, or that ships, would notice.

    Rules are removed, turned from allow to deny, freed of one condition or of all, and given to every member. Exit
    code 1: something would go unnoticed.
    """
    given = gathered(folders, rules)
    broken = failing(given.grids, given.rules, given.engine)
    if broken is not None:
        raise click.UsageError(f"{broken.name} does not hold as the rules are: `authz policy test` says where")
    number = count(given.rules, given.grids)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not sys.stderr.isatty() or printer.json) as progress:
        task = progress.add_task("changing rules", total=number)
        found = list(survivors(given.rules, given.grids, given.engine, lambda: progress.advance(task)))
    facts = {"well": not found, "mutants": number, "survivors": [_facts(one) for one in found]}
    end = f"{len(found)} of these would go unnoticed" if found else "each would be noticed"
    printer.answer(facts, *map(_words, found), f"{number} changes of {len(given.rules)} rules tried: {end}")
    return NO if found else YES


def _words(one: Survivor) -> str:
    return f"{one.rule.origin}: nobody would notice if {one.words}"


def _facts(one: Survivor) -> dict[str, object]:
    return {"at": one.rule.origin, "row": one.rule.row(), "change": one.what, "text": one.words}
