"""What a difference is taken between: a policy file, the shipped rules in force, or a practice as it is or was."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from authz.core.errors import BadPolicy, LineError
from authz.core.names import INSTALLATION, Practice
from authz.core.policy import Rule, Snapshot
from authz.core.ports import Store
from authz.policies.rows import read_policy
from authz.reviewing.past import at_moment, at_revision

Side = Path | int | datetime | None


def rules_in(file: Path) -> tuple[Rule, ...]:
    """The rules of a file; raises BadPolicy with all that is wrong, be it that there is no such file or a device."""
    try:
        if not file.is_file():
            raise BadPolicy(file.name, [LineError(1, "file", "there is no such file")])
        return read_policy(file)
    except (OSError, ValueError) as error:
        told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadPolicy(file.name, [LineError(1, "file", told)]) from error


def rules_of(store: Store, side: Side) -> tuple[Rule, ...]:
    """The rules of a file, or the shipped ones as they are (None), or were at a revision or moment of the installation.

    Raises BadPolicy for a file, Invalid `at` and StoreUnavailable for a time.
    """
    if isinstance(side, Path):
        return rules_in(side)
    return tuple(rule for rule in practice_at(store, INSTALLATION, side).rules if rule.practice == INSTALLATION)


def practice_at(store: Store, practice: Practice, side: Side) -> Snapshot:
    """A practice as it is (None), as it was, or as it would be with the rules of a file in place of the shipped ones.

    Raises as `rules_of` does, and NotFound for no such practice.
    """
    if side is None:
        return store.snapshot(practice)
    if isinstance(side, int):
        return at_revision(store, practice, side).snapshot
    if isinstance(side, datetime):
        return at_moment(store, practice, side).snapshot
    present = store.snapshot(practice)
    own = (rule for rule in present.rules if rule.practice != INSTALLATION)
    return replace(present, rules=(*rules_in(side), *own))
