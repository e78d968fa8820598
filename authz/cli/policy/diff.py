"""`authz policy diff`: not which lines differ, but who may do what in one policy and not in the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from authz.bootstrap import Services
from authz.checking.policy_held import PolicyHeld
from authz.cli.arguments import PracticeName, Then
from authz.cli.exits import NO, YES
from authz.cli.opening import opened, settings
from authz.cli.policy.progress import progress_of
from authz.cli.printing import Printer, with_json
from authz.core.names import INSTALLATION, Practice
from authz.engine import CasbinEngine
from authz.policies.shipped import shipped
from authz.reviewing.differences import Difference, Progress, of_rules
from authz.reviewing.people_differences import OnSome, of_people
from authz.reviewing.sides import Side, practice_at, rules_in, rules_of

NOW = "now"
_COLUMNS = ("who", "change", "resource", "action", "where")


class SideOf(click.ParamType[Side]):
    """A policy file, `now`, a revision, a moment, or how long ago."""

    name = "side"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Side:
        """The side; a usage error for a text that is neither a file nor a time."""
        text = str(value)
        if text == NOW:
            return None
        if "/" in text or text.endswith(".csv") or Path(text).is_file():
            return Path(text)
        return Then().convert(text, param, ctx)


@click.command()
@click.argument("old", type=SideOf())
@click.argument("new", type=SideOf())
@click.option(
    "--practice", type=PracticeName(), help="Who of this practice gains and loses; sides may be its revisions."
)
@with_json
@click.pass_obj
def diff(printer: Printer, /, old: Side, new: Side, practice: Practice | None) -> int:
    """Say who gains and who loses what between OLD and NEW.

    Each is a policy file, `now` for what is in force, a revision, a moment, or how long ago (8h, 90d). Every question
    that could be answered otherwise is put to both with the engine itself, so that nothing is left out and rows that
    merely moved are no matter. Without --practice the shipped rules are compared, role by role.
    Exit code 0: nobody gains anything; 1: somebody does; 2: a side could not be read.
    """
    with progress_of(printer, "asking both") as progress:
        found, some = _compared(old, new, practice, progress)
    rows = [*map(_row, found), *map(_row_of_some, some)]
    gains = any(one.gives for one in found) or any(one.kind == "gained" for one in some)
    if printer.json:
        printer.facts({"differences": rows, "gains": gains})
    else:
        printer.table("differences", _together(rows), _COLUMNS, empty="no one gains or loses anything")
    return NO if gains else YES


def _compared(
    old: Side, new: Side, practice: Practice | None, progress: Progress
) -> tuple[Sequence[Difference], Sequence[OnSome]]:
    if practice is None and isinstance(old, Path) and isinstance(new, Path):
        engine = CasbinEngine(settings().model or shipped("model.conf"))
        return of_rules(rules_in(old), rules_in(new), engine, progress), ()
    with opened() as service:
        if practice is None:
            return of_rules(rules_of(service.store, old), rules_of(service.store, new), service.engine, progress), ()
        return _in_practice(service, practice, old, new, progress)


def _in_practice(
    service: Services, practice: Practice, old: Side, new: Side, progress: Progress
) -> tuple[Sequence[Difference], Sequence[OnSome]]:
    now = service.now()
    before, after = (
        PolicyHeld(snapshot, service.checker.memory, moment)
        for snapshot, moment in (practice_at(service.store, practice, side, now) for side in (old, new))
    )
    return of_people(before, after, now, progress)


def _together(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """One row for all to whom the same happens."""
    found: dict[tuple[object, ...], list[object]] = {}
    for row in rows:
        found.setdefault(tuple(row[column] for column in _COLUMNS[1:]), []).append(row["who"])
    return [dict(zip(_COLUMNS, (who, *what), strict=True)) for what, who in found.items()]


def _row(found: Difference) -> dict[str, object]:
    where = " or ".join("+".join(sorted(facts)) or "always" for facts in found.conditions)
    row = {
        "who": found.holder,
        "change": found.kind,
        "resource": found.resource,
        "action": found.action,
        "where": where,
    }
    if found.practice != INSTALLATION:
        row["practice"] = found.practice.id
    return {**row, "cases": [sorted(facts) for facts in found.cases]}


def _row_of_some(found: OnSome) -> dict[str, object]:
    where = f"{found.condition}, of {found.of}"
    return {
        "who": found.holder, "change": found.kind, "resource": found.resource, "action": found.action, "where": where,
        "of": found.of,
    }  # fmt: skip
