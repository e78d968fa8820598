"""The grids as files state them: what is allowed in the cases of one resource type; all else is denied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from authz.core.errors import BadPolicy, LineError
from authz.policies import VOCABULARY
from authz.policies.vocabulary import ResourceType
from authz.reviewing.cases import Case, Cases
from authz.reviewing.cast import NAME, Cast, read_cast
from authz.reviewing.expecting import Expecting
from authz.reviewing.guards import NOBODY
from authz.reviewing.written import Written, read_written, shown

_FIELDS: Final = ("resource", "never_without", "cases")
_SUFFIXES: Final = (".yaml", ".yml")
MOST_CASES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Grid:
    """A file of cases about one resource type; `never_without` says what no rule may forget, by action."""

    path: Path
    cast: Cast
    resource: str
    cases: tuple[Case, ...]
    never_without: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file, as it may be printed."""
        return shown(self.path)


def grids_in(place: Path, cast: Path | None = None) -> tuple[Grid, ...]:
    """The grids in a folder, in order of names, or the one that a file is; raises BadPolicy for the first bad one.

    Who the people are stands in `cast.yaml` beside them; where there is none, in the file `cast`.
    """
    found, bad = read_grids(place, cast)
    if bad:
        raise bad[0]
    return found


def read_grids(place: Path, cast: Path | None = None) -> tuple[tuple[Grid, ...], list[BadPolicy]]:
    """The good grids in a folder, or the one that a file is, and what is wrong with each of the others."""
    found, bad = [], []
    try:
        files, beside = _files(place)
        people = read_cast(beside if cast is None or beside.exists() else cast)
    except OSError as error:
        return (), [BadPolicy(shown(place), [LineError(1, "file", error.strerror or "the folder cannot be read")])]
    except BadPolicy as error:
        return (), [error]
    for file in files:
        try:
            found.append(read_grid(file, people))
        except BadPolicy as error:
            bad.append(error)
    return tuple(found), bad


def _files(place: Path) -> tuple[list[Path], Path]:
    """The files that ought to be grids, and where their cast would stand."""
    if not place.is_dir():
        return [place], place.parent / NAME
    files = sorted(path for path in place.iterdir() if path.suffix in _SUFFIXES and path.name != NAME)
    if not files:
        raise BadPolicy(shown(place), [LineError(1, "file", "there is no grid in this folder")])
    return files, place / NAME


def read_grid(path: Path, cast: Cast) -> Grid:
    """The grid that the file states about these people; raises BadPolicy naming every bad line."""
    written = read_written(path)
    expecting = Expecting(shown(path))
    told = expecting.table(written, "a grid", _FIELDS)
    for name in ("resource", "cases"):
        if name not in told:
            expecting.wrong(written, "missing", f"`{name}` is missing")
    resource = expecting.word(told["resource"], "resource type", VOCABULARY.types) if "resource" in told else ""
    type = VOCABULARY.types.get(resource)
    if type is None:
        expecting.settle()
        raise AssertionError("an unknown type is noted")
    listed = expecting.items(told.get("cases"), "`cases`")
    if len(listed) > MOST_CASES:
        expecting.wrong(listed[MOST_CASES], "size", f"a grid has at most {MOST_CASES} cases")
        expecting.settle()
    reading = Cases(expecting, cast, type)
    grid = Grid(
        path,
        cast,
        resource,
        tuple(reading.case(one) for one in listed),
        {
            action: _guards(expecting, names, type)
            for action, names in reading.by_action(told.get("never_without"), "`never_without`")
        },
    )
    expecting.settle()
    return grid


def _guards(expecting: Expecting, written: Written, type: ResourceType) -> list[str]:
    known = [name for name, condition in VOCABULARY.conditions.items() if condition.fits(type)]
    names = expecting.words(written, "condition", [*known, NOBODY])
    if len(set(names)) != len(names):
        expecting.wrong(written, "duplicate", "a condition stands here twice")
    return names
