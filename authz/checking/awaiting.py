"""Waiting for a revision that a caller has been told of: in bounds, and by a few at a time."""

from __future__ import annotations

import threading
import time
from typing import Final

from authz.core.errors import StoreUnavailable
from authz.core.names import Practice
from authz.core.ports import Store

LONGEST_WAIT_SECONDS: Final = 2.0
FARTHEST_AHEAD: Final = 1_000_000
MOST_WAITING: Final = 2  # a thread each, of the few that there are
_POLL_SECONDS: Final = 0.02


class Awaiting:
    """The revisions of practices, waited for where a caller demands one that has not come. Safe for threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._places = threading.BoundedSemaphore(MOST_WAITING)

    def revision(self, practice: Practice, at_least: int | None) -> int:
        """The practice's revision, `at_least` or a later one.

        Raises StoreUnavailable if it does not come in time, and at once for one far ahead or where others wait already.
        """
        revision = self._store.revision(practice)
        if at_least is None or revision >= at_least:
            return revision
        if not worth_waiting(at_least, revision) or not self._places.acquire(blocking=False):
            raise not_arrived(at_least, revision)
        try:
            give_up = time.monotonic() + LONGEST_WAIT_SECONDS
            while revision < at_least:
                if time.monotonic() >= give_up:
                    raise not_arrived(at_least, revision)
                time.sleep(_POLL_SECONDS)
                revision = self._store.revision(practice)
        finally:
            self._places.release()
        return revision


def worth_waiting(at_least: int, revision: int) -> bool:
    """Whether a revision may come while somebody waits: of one that is far ahead nobody was told."""
    return at_least - revision <= FARTHEST_AHEAD


def not_arrived(at_least: int, revision: int) -> StoreUnavailable:
    """What is said of a revision that has not come, or that cannot be waited for."""
    return StoreUnavailable(f"revision {at_least} has not arrived; the practice is at {revision}")
