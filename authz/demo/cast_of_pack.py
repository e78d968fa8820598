"""The practices that a policy pack brings along, read from its folder."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from authz.core.errors import BadPolicy, LineError
from authz.policies.pack import PRACTICES, Pack
from authz.policies.vocabulary import did_you_mean

_LISTS: Final = {
    "people": ({"id", "name"}, {"email", "roles", "guest", "attributes"}),
    "services": ({"id"}, {"roles"}),
    "resources": ({"type", "id"}, {"attributes"}),
}


@dataclass(frozen=True, slots=True)
class Described:
    """A practice as its file describes it."""

    id: str
    name: str
    owner: Mapping[str, str]
    people: tuple[Mapping[str, Any], ...] = ()
    services: tuple[Mapping[str, Any], ...] = ()
    resources: tuple[Mapping[str, Any], ...] = ()
    supplied: Mapping[str, list[str]] = field(default_factory=dict)
    explain: bool = False


def practices_of(pack: Pack) -> list[Described]:
    """Every practice of the pack, in order of their ids; raises BadPolicy for a file that describes none."""
    return [_described(path) for path in sorted((pack.folder / PRACTICES).glob("*.toml"))]


def _described(path: Path) -> Described:
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        problems = [*_strange_fields(given)] or [*_strange(given)]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadPolicy(str(path), [LineError(1, "practice", str(error))]) from error
    if problems:
        raise BadPolicy(str(path), [LineError(1, "practice", problem) for problem in problems])
    return Described(path.stem, **given)


def _strange_fields(given: Mapping[str, Any]) -> Iterator[str]:
    known = {field.name for field in fields(Described)} - {"id"}
    for name in sorted(given.keys() - known):
        yield f"unknown field `{name}`{did_you_mean(name, known)}"
    for name in ("name", "owner"):
        if name not in given:
            yield f"`{name}` is missing"
    owner = given.get("owner", {})
    missing = {"id", "email", "name"} - (owner.keys() if isinstance(owner, dict) else set())
    if "owner" in given and missing:
        yield f"owner: `{min(missing)}` is missing"


def _strange(given: Mapping[str, Any]) -> Iterator[str]:
    """What stands in a list and means nothing there, or is missing."""
    for name, (needed, optional) in _LISTS.items():
        for number, one in enumerate(given.get(name, []), start=1):
            yield from (f"{name} {number}: `{field}` is missing" for field in sorted(needed - one.keys()))
            yield from (f"{name} {number}: unknown field `{f}`" for f in sorted(one.keys() - needed - optional))
