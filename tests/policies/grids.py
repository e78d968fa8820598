"""The grids as the files state them: cases, and in each what is allowed, owed and said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from authz.policies import VOCABULARY
from tests.policies.cast import ABOVE, ASKERS, Changes

FOLDER: Final = Path(__file__).parent
NO_GRIDS: Final = ("matcher", "switches")
GROUPS: Final = {
    "members": "omar ana lee kim ray sue joe bea al",
    "admins": "omar ana",
    "doctors": "lee kim ray",
    "staff": "joe bea al",
    "askers": "op rev charting billing",
}
_GRID_FIELDS: Final = {"resource", "never_without", "cases"}
_CASE_FIELDS: Final = {
    "why", "given", "context", "may", "obliges", "because", "says", "people", "analytics_roles", "roles",
    "emergencies", "blank_erx_level",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One situation of a grid, with everything it says about it."""

    resource: str
    why: str
    given: Mapping[str, Any]
    context: Mapping[str, Any]
    changes: Changes
    may: Mapping[str, frozenset[str]]
    obliges: Mapping[tuple[str, str], list[Mapping[str, Any]]]
    because: Mapping[tuple[str, str], str]
    says: Mapping[tuple[str, str], str]


def grid(resource: str) -> list[Case]:
    """The cases of a resource type's grid."""
    return [_case(resource, told) for told in _read(resource)["cases"]]


def never_without(resource: str) -> Mapping[str, Sequence[str]]:
    """What the grid says that no rule may forget, by action."""
    told: Mapping[str, Sequence[str]] = _read(resource).get("never_without", {})
    assert set(told) <= set(VOCABULARY.types[resource].actions)
    return told


def _read(resource: str) -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((FOLDER / f"{resource}.yaml").read_text())
    assert told["resource"] == resource
    assert set(told) <= _GRID_FIELDS
    return told


def _case(resource: str, told: Mapping[str, Any]) -> Case:
    assert set(told) <= _CASE_FIELDS, told
    return Case(
        resource=resource,
        why=told["why"],
        given=told.get("given", {}),
        context=told.get("context", {}),
        changes=changes(told),
        may=_by_asker(resource, told.get("may", {})),
        obliges={
            cell: owed if isinstance(owed, list) else [owed]
            for cell, owed in _by_cell(resource, told.get("obliges", {}))
        },
        because=dict(_by_cell(resource, told.get("because", {}))),
        says=dict(_by_cell(resource, told.get("says", {}))),
    )


def changes(told: Mapping[str, Any]) -> Changes:
    """How a case departs from the cast."""
    return Changes(
        told.get("people", {}),
        told.get("analytics_roles", {}),
        told.get("roles", {}),
        told.get("emergencies", []),
        told.get("blank_erx_level", "full"),
    )


def _by_asker(resource: str, may: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for asker, actions in spread(may):
        assert set(actions) <= set(VOCABULARY.types[resource].actions), (resource, actions)
        found[asker] = found.get(asker, frozenset()) | frozenset(actions)
    return found


def _by_cell(resource: str, told: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Any]]:
    for asker, actions in spread(told):
        assert set(actions) <= set(VOCABULARY.types[resource].actions), (resource, actions)
        for action, value in actions.items():
            yield (asker, action), value


def spread(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each asker that a key names: `lee, kim`, or a group such as `members`."""
    for names, value in told.items():
        for word in names.replace(",", " ").split():
            for name in GROUPS.get(word, word).split():
                asker = f"service:{name}" if f"service:{name}" in ABOVE else f"user:{name}"
                assert asker in ASKERS, asker
                yield asker, value
