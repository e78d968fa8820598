"""A change worked out from what is stored, and worked out anew if that has moved on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from authz.core.changes import Change
from authz.core.errors import StaleExpectation
from authz.core.names import Practice
from authz.core.policy import Snapshot
from authz.core.ports import Store

ATTEMPTS: Final = 8


def write(
    store: Store, practice: Practice, work: Callable[[Snapshot], Change | None], expected: int | None = None
) -> int:
    """Applies what `work` makes of the practice's snapshot and returns the revision; None means nothing to change.

    The change goes through only on the revision it was worked out from. If the practice has moved on, it is worked
    out again, unless the caller named the revision it `expected`: then StaleExpectation is raised. `work` raises
    whatever makes the change impossible, and nothing is written.
    """
    for attempt in range(ATTEMPTS):
        snapshot = store.snapshot(practice)
        if expected is not None and snapshot.revision != expected:
            raise StaleExpectation(expected, snapshot.revision)
        change = work(snapshot)
        if change is None:
            return snapshot.revision
        try:
            return store.apply(replace(change, expected=snapshot.revision))
        except StaleExpectation:
            if expected is not None or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


def differing(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """The fields that differ, as they were and as they are."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {n: before[n] for n in names if n in before}, {n: after[n] for n in names if n in after}
