"""Turns for searches that look at many candidates: they keep a processor busy, on which single checks are answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from authz.core.errors import Overloaded

MOST_WAITING: Final = 2  # a thread each, of the few that there are
LONGEST_WAIT_SECONDS: Final = 2.0


class Turns:
    """One at a time has a turn, some wait for theirs, and all others are sent away. Safe for threads."""

    def __init__(self, most_waiting: int = MOST_WAITING, longest_wait: float = LONGEST_WAIT_SECONDS) -> None:
        """`longest_wait` is in seconds."""
        self._turn = threading.Lock()
        self._waiting = threading.BoundedSemaphore(most_waiting)
        self._longest = longest_wait

    @contextmanager
    def one(self) -> Iterator[None]:
        """A turn until the block ends; raises Overloaded if it does not come in time, at once if many wait already."""
        if not self._turn.acquire(blocking=False):
            self._wait()
        try:
            yield
        finally:
            self._turn.release()

    def _wait(self) -> None:
        come = False
        if self._waiting.acquire(blocking=False):
            try:
                come = self._turn.acquire(timeout=self._longest)
            finally:
                self._waiting.release()
        if not come:
            raise Overloaded("too many large searches at once")
