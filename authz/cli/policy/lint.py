"""`authz policy lint`: everything that is wrong with a policy, or looks as if it were, at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import orjson

from authz.bootstrap import Services
from authz.checking.policy_held import PolicyHeld
from authz.cli.arguments import PracticeName
from authz.cli.exits import NO, YES
from authz.cli.opening import opened, settings
from authz.cli.policy.gathering import grids_of, that_ship
from authz.cli.printing import Printer, with_json
from authz.core.names import INSTALLATION, Practice
from authz.engine import CasbinEngine
from authz.policies.seeds import shipped_files
from authz.policies.shipped import shipped
from authz.reviewing.linting import apart
from authz.reviewing.linting.duties import DEFAULT, Pair, read_pairs
from authz.reviewing.linting.files import Placed, read
from authz.reviewing.linting.findings import ERROR, WARNING, Finding, counts, in_order
from authz.reviewing.linting.practices import MOST_ADMINS, Looked, source_of
from authz.reviewing.linting.roles import of_roles
from authz.reviewing.linting.rules import of_rules
from authz.reviewing.linting.sarif import sarif
from authz.reviewing.verdicts import exercised

_PAGE = 500
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PLACE = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("file", type=_FILE, required=False)
@click.option("--practice", type=PracticeName(or_installation=True), help="Look at what is stored of it too.")
@click.option("--all", "everywhere", is_flag=True, help="Look at what is stored of the installation and all practices.")
@click.option("--most-admins", type=click.IntRange(min=1), default=MOST_ADMINS, show_default=True, metavar="N")
@click.option("--grids", "grids", type=_PLACE, multiple=True, help="Look which rows no grid in here exercises.")
@click.option("--no-grids", is_flag=True, help="Do not look whether the grids exercise every row, which takes seconds.")
@click.option("--duties", type=_FILE, help="Pairs of duties to be kept apart, in the place of those that ship.")
@click.option(
    "--sarif", "report", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write SARIF there too."
)
@with_json
@click.pass_obj
def lint(
    printer: Printer,
    /,
    file: Path | None,
    practice: Practice | None,
    everywhere: bool,
    most_admins: int,
    grids: tuple[Path, ...],
    no_grids: bool,
    duties: Path | None,
    report: Path | None,
) -> int:
    """Look for what is wrong with the rules in FILE, or with those that are to be in force.

    Nothing is changed, and no line of a file is believed or executed. Each finding has a line or a place, a name that
    stays the same, and a hint. A pair of duties is `pair, name, type, action, condition, type, action, condition`.
    Exit code 0: nothing but notes; 1: errors or warnings; 2: something could not be read.
    """
    if practice is not None and everywhere:
        raise click.UsageError("--practice and --all cannot be given together")
    pairs, findings = read_pairs(duties or DEFAULT)
    findings += _of_files(file, pairs, None if no_grids else grids)
    if practice is not None or everywhere:
        with opened() as service:
            for one in _practices(service) if practice is None else [practice]:
                findings += _of_practice(service, one, most_admins, pairs)
    found = in_order(findings)
    if report is not None:
        _write(report, found)
    _tell(printer, found)
    return NO if any(finding.severity in (ERROR, WARNING) for finding in found) else YES


def _of_files(file: Path | None, pairs: Sequence[Pair], grids: tuple[Path, ...] | None) -> Iterator[Finding]:
    """What is in the files; without grids, or where there are none, whether these exercise the rows is left open."""
    placed: list[Placed] = []
    for path, only in shipped_files(file or settings().policy_seed):
        rows, wrong = read(path, only)
        placed += rows
        yield from wrong
    yield from of_rules(placed)
    yield from of_roles(placed)
    yield from apart.of_roles(placed, pairs)
    if grids is not None and (grids or that_ship().is_dir()):
        yield from _unexercised(placed, grids)


def _unexercised(placed: Sequence[Placed], folders: tuple[Path, ...]) -> Iterator[Finding]:
    engine = CasbinEngine(settings().model or shipped("model.conf"))
    tried = exercised([one.rule for one in placed], grids_of(folders), engine)
    for one in placed:
        if one.rule not in tried:
            yield one.finding("unexercised", "no grid would notice if this row were missing")


def _of_practice(service: Services, practice: Practice, most_admins: int, pairs: Sequence[Pair]) -> Iterator[Finding]:
    snapshot, now = service.store.snapshot(practice), service.now()
    looked = Looked(snapshot, [role.id for role in service.store.roles(practice)], now)
    yield from looked.findings(most_admins)
    own = looked.own_rules
    if own:
        shipped = [Placed(rule, "", where=rule.origin) for rule in snapshot.rules if rule.practice == INSTALLATION]
        yield from (finding for finding in of_rules([*shipped, *own]) if finding.source)
        yield from apart.of_roles(own, pairs)
    held = PolicyHeld(snapshot, service.checker.memory, now)
    yield from apart.of_people(held, looked.involved, pairs, now, source_of(practice))


def _practices(service: Services) -> Iterator[Practice]:
    yield INSTALLATION
    page = service.store.practices(limit=_PAGE)
    while page:
        yield from page
        page = service.store.practices(after=page[-1].id, limit=_PAGE)


def _write(path: Path, found: Sequence[Finding]) -> None:
    try:
        path.write_bytes(orjson.dumps(sarif(found), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise click.FileError(str(path), error.strerror) from error


def _tell(printer: Printer, found: Sequence[Finding]) -> None:
    numbers = counts(found)
    rows = [_row(finding) for finding in found]
    lines = [line for finding in found for line in _lines(finding)]
    total = ", ".join(f"{number} {name if number != 1 else name[:-1]}" for name, number in numbers.items())
    printer.answer({"findings": rows, **numbers}, *lines, total if found else "nothing found")


def _row(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.check,
        "severity": finding.severity,
        "source": finding.source,
        "line": finding.line or None,
        "where": finding.where or None,
        "message": finding.message,
        "hint": finding.hint or None,
    }


def _lines(finding: Finding) -> Iterator[str]:
    place = f"{finding.source}:{finding.line}" if finding.line else finding.source
    about = f"{finding.where}: " if finding.where else ""
    yield f"{place}: {finding.severity}: {about}{finding.message} [{finding.check}]"
    if finding.hint:
        yield f"    {finding.hint}"
