"""What a difference is taken between: a policy file, the shipped rules in force, or a practice as it is or was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
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
    found, _ = practice_at(store, INSTALLATION, side, datetime.now(UTC))
    return tuple(rule for rule in found.rules if rule.practice == INSTALLATION)


def practice_at(store: Store, practice: Practice, side: Side, now: datetime) -> tuple[Snapshot, datetime]:
    """A practice as it is (None), as it was, or as it would be with the rules of a file in place of the shipped ones.

    With it comes the moment by which its grants are in force or over: of a revision, when it was made. Raises as
    `rules_of` does, and NotFound for no such practice.
    """
    if isinstance(side, int | datetime):
        past = at_revision(store, practice, side) if isinstance(side, int) else at_moment(store, practice, side)
        return past.snapshot, past.at
    present = store.snapshot(practice)
    if side is None:
        return present, now
    own = (rule for rule in present.rules if rule.practice != INSTALLATION)
    return replace(present, rules=(*rules_in(side), *own)), now
