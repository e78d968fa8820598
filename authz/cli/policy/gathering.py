"""What `policy test` and `policy mutate` are about: the grids that were named, or those that ship, and the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from authz.cli.opening import settings
from authz.core.errors import BadPolicy, LineError
from authz.core.policy import Rule
from authz.engine import CasbinEngine
from authz.policies.pack import PACK
from authz.policies.rows import read_policy
from authz.policies.seeds import shipped_rules
from authz.policies.shipped import GRIDS, shipped
from authz.reviewing.cast import NAME
from authz.reviewing.grids import Grid, read_grids
from authz.reviewing.written import shown

_Command = TypeVar("_Command", bound=Callable[..., Any])
_OF_A_PACK: Final = "grids"


@dataclass(frozen=True, slots=True)
class Gathered:
    """The grids, the rules that they are decided by, and Casbin."""

    grids: tuple[Grid, ...]
    rules: tuple[Rule, ...]
    engine: CasbinEngine


@dataclass(frozen=True, slots=True, order=True)
class FileError(LineError):
    """One bad line of one of several files."""

    file: str


class BadGrids(BadPolicy):
    """Grids that cannot be read; `errors` holds what is wrong with each file, line by line."""

    def __init__(self, bad: Iterable[BadPolicy]) -> None:
        listed = list(bad)
        super().__init__("", ())
        self.errors = tuple(FileError(e.line, e.rule, e.message, one.source) for one in listed for e in one.errors)
        self.args = ("\n".join(map(str, listed)),)


def with_grids_and_rules(command: _Command) -> _Command:
    """Gives a command the argument FOLDER, any number of times, and the option `--rules`."""
    folder = click.argument("folders", metavar="[FOLDER]...", nargs=-1, type=click.Path(path_type=Path))
    rules = click.option(
        "--rules", type=click.Path(path_type=Path), metavar="FILE", help="These rules, not the ones that ship."
    )
    return folder(rules(command))


def gathered(folders: tuple[Path, ...], rules: Path | None) -> Gathered:
    """All that is needed; raises BadGrids naming every bad line, or BadPolicy for rules or a model not to be run."""
    asked = settings()
    engine = CasbinEngine(asked.model or shipped("model.conf"))
    instead = rules or asked.policy_seed
    try:
        if instead is not None and not instead.is_file():
            raise BadPolicy(shown(instead), [LineError(1, "file", "there is no such file")])
        in_force = read_policy(rules) if rules else shipped_rules(instead)
    except OSError as error:
        raise BadPolicy(
            shown(instead or Path("policy_seed.csv")), [LineError(1, "file", str(error.strerror))]
        ) from error
    return Gathered(grids_of(folders), in_force, engine)


def grids_of(folders: tuple[Path, ...]) -> tuple[Grid, ...]:
    """The grids in these folders, or those that ship; raises BadGrids naming every bad line."""
    found: list[Grid] = []
    bad: list[BadPolicy] = []
    for place in folders or [that_ship()]:
        grids, problems = read_grids(place, shipped(GRIDS) / NAME)
        found += grids
        bad += problems
    if bad:
        raise BadGrids(bad)
    return tuple(found)


def that_ship() -> Path:
    """The folder of the grids that ship, or of those of the policy pack."""
    folder = PACK.folder / _OF_A_PACK if PACK else shipped(GRIDS)
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
