"""`authz policy test`: decides every cell of the grids, and tells which are not as they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from authz.cli.exits import NO, YES
from authz.cli.policy.gathering import gathered, with_grids_and_rules
from authz.cli.printing import Printer, with_json
from authz.core.policy import Rule
from authz.reviewing.junit import junit
from authz.reviewing.verdicts import Tried, tried, without_grid

_COLUMNS = ("grid", "cases", "cells", "failures", "rules", "exercised")


@click.command()
@with_grids_and_rules
@click.option("--junit", "report", type=click.Path(path_type=Path), metavar="FILE", help="Write JUnit XML there too.")
@with_json
@click.pass_obj
def test(printer: Printer, folders: tuple[Path, ...], rules: Path | None, report: Path | None) -> int:
    """Decide every cell of the grids in each FOLDER, or of those that ship: what a grid does not list must be denied.

    A rule counts as exercised if some cell would be answered otherwise without it. Exit code 1: some cell is not as
    its grid says.
    """
    given = gathered(folders, rules)
    found = [tried(grid, given.rules, given.engine) for grid in given.grids]
    if report is not None:
        _write(report, junit(found))
    rest = without_grid(given.rules, given.grids)
    failures = sum(one.failures for one in found)
    if printer.json:
        printer.facts({"well": not failures, "grids": [*map(_facts, found)], "without_grid": [*map(_rule, rest)]})
    else:
        _tell(printer, found, rest)
    return NO if failures else YES


def _write(path: Path, document: bytes) -> None:
    try:
        path.write_bytes(document)
    except OSError as error:
        raise click.FileError(str(path), error.strerror) from error


def _tell(printer: Printer, found: Sequence[Tried], rest: Sequence[Rule]) -> None:
    printer.table("grids", [_row(one) for one in found], _COLUMNS, empty="no grids")
    for line in _failures(found):
        printer.answer({}, line)
    idle = dict.fromkeys(rule for one in found for rule in one.idle if not _elsewhere(rule, found))
    printer.answer({}, *(f"{_words(rule)}: no cell exercises it" for rule in idle))
    if rest:
        types = ", ".join(sorted({rule.resource for rule in rest}))
        printer.answer({}, f"{len(rest)} rules are about types that no grid is about: {types}")
    failures, cells = sum(one.failures for one in found), sum(one.cells for one in found)
    printer.answer(
        {},
        f"{cells} cells in {len(found)} grid{'s' if len(found) > 1 else ''}: "
        + (f"{failures} FAIL" if failures else "all hold"),
    )


def _failures(found: Sequence[Tried]) -> Iterator[str]:
    for one in found:
        case = None
        for wrong in one.wrong:
            if wrong.case is not case:
                case = wrong.case
                yield f"{one.grid.name}:{case.line}: {case.why}"
            yield f"    {wrong.asker} {wrong.action} in {wrong.practice}: expected {wrong.expected}, got {wrong.got}"
        yield from (f"{one.grid.name}: never_without: {problem}" for problem in one.forgettable)


def _elsewhere(rule: Rule, found: Sequence[Tried]) -> bool:
    return any(rule in one.exercised for one in found)


def _words(rule: Rule) -> str:
    return f"{rule.origin}: {', '.join(rule.row())}"


def _row(one: Tried) -> dict[str, object]:
    return {
        "grid": one.grid.name,
        "cases": len(one.grid.cases),
        "cells": one.cells,
        "failures": one.failures,
        "rules": len(one.rules),
        "exercised": len(one.exercised),
    }


def _facts(one: Tried) -> dict[str, object]:
    wrong = [
        {
            "line": wrong.case.line,
            "why": wrong.case.why,
            "practice": wrong.practice,
            "subject": wrong.asker,
            "action": wrong.action,
            "expected": wrong.expected,
            "got": wrong.got,
        }
        for wrong in one.wrong
    ]
    return {
        **_row(one),
        "resource": one.grid.resource,
        "wrong": wrong,
        "forgettable": list(one.forgettable),
        "idle": [_rule(rule) for rule in one.idle],
    }


def _rule(rule: Rule) -> dict[str, object]:
    return {"at": rule.origin, "row": rule.row()}
