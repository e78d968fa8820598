"""How many decisions were logged and how many dropped, counted for all processes of a server together."""

from __future__ import annotations

import mmap
import threading
from functools import cache
from typing import Final, NamedTuple

_PLACES: Final = 1024  # of which each process has one to itself, so that none ever waits for another
_EACH: Final = 2


class Counted(NamedTuple):
    """Decisions since the server was started."""

    logged: int
    dropped: int


class Counts:
    """Numbers in memory that processes forked from this one share."""

    def __init__(self) -> None:
        self._numbers = memoryview(mmap.mmap(-1, _PLACES * _EACH * 8)).cast("Q")
        self._lock = threading.Lock()
        self._place = 0

    def take(self, turn: int) -> None:
        """From now on this process, the `turn`th of its server, counts in a place of its own.

        It goes on from what a process that is long gone has left there, so that no count ever falls.
        """
        self._place = turn % _PLACES * _EACH

    def add(self, logged: int = 0, dropped: int = 0) -> None:
        """Counts; safe for threads."""
        with self._lock:
            self._numbers[self._place] += logged
            self._numbers[self._place + 1] += dropped

    def total(self) -> Counted:
        """What all processes have counted so far."""
        return Counted(sum(self._numbers[0::_EACH]), sum(self._numbers[1::_EACH]))


@cache
def counts() -> Counts:
    """The counts of this process, which those that it forks afterwards share."""
    return Counts()
