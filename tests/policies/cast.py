"""The people that every grid asks about, and snapshots of their two practices for other tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from authz.core.names import Practice
from authz.core.policy import Rule, Snapshot
from authz.policies.switches import roles_of
from authz.reviewing.cast import read_cast
from authz.reviewing.departures import MOMENTS, Changes
from authz.reviewing.staging import RolesOf, staged

CAST: Final = read_cast(Path(__file__).with_name("cast.yaml"))
NOW: Final = CAST.now
NORTH, SOUTH = CAST.people
PEOPLE: Final = CAST.people
ABOVE: Final = CAST.above
ASKERS: Final = CAST.askers


def snapshot(
    practice: Practice,
    rules: tuple[Rule, ...],
    changes: Changes,
    roles: RolesOf = roles_of,
    cast: Mapping[str, Mapping[str, Any]] | None = None,
) -> Snapshot:
    """The practice with its cast, or with this one, as the case changes it, under these rules."""
    people = {id: with_moments(facts) for id, facts in (PEOPLE[practice] if cast is None else cast).items()}
    changed = replace(changes, people={id: with_moments(facts) for id, facts in changes.people.items()})
    return staged(replace(CAST, people={practice: people}), practice, rules, changed, roles)


def with_moments(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The same with moments read where they are texts."""
    told = {name: facts[name] for name in MOMENTS if isinstance(facts.get(name), str)}
    return {**facts, **{name: datetime.fromisoformat(value) for name, value in told.items()}}
