"""Turns: those who write in one practice at once, by one process, do so one after the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from authz.core.errors import StoreUnavailable
from authz.core.names import Practice

_LOCKS: Final = 64  # practices that share one wait for each other, which is rare and does no harm


class Turns:
    """A write made up from what another has changed meanwhile is work for nothing; here it waits instead.

    That is for speed alone: writers of other processes are kept apart by what each expects. Safe for threads.
    """

    def __init__(self) -> None:
        self._locks: Final = tuple(threading.Lock() for _ in range(_LOCKS))

    @contextmanager
    def taken(self, practice: Practice, patience: float) -> Iterator[None]:
        """The one turn in this practice; raises StoreUnavailable where none comes within `patience` seconds."""
        lock = self._locks[hash(practice) % _LOCKS]
        if not lock.acquire(timeout=patience):
            raise StoreUnavailable(f"too many write to `{practice}` at once")
        try:
            yield
        finally:
            lock.release()
