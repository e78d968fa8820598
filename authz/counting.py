"""What a server counts for those who run it, in memory that all of its processes share."""

from __future__ import annotations

import mmap
import threading
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count, product
from typing import Final, NamedTuple

from authz.core.decision import Decision

DECIDING: Final = ("check", "batch", "evaluation", "evaluations")
OTHER: Final = "other"
DOORS: Final = (*DECIDING, OTHER)
STATUSES: Final = (200, 201, 400, 401, 403, 404, 405, 409, 412, 413, 414, 417, 422, 431, 500, 503, 0)  # 0: any other
BOUNDS: Final = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # seconds
REFEREED: Final = ("decided", "differing", "failed", "dropped")

_next = count()
_USED, _LOGGED, _DROPPED, _LEFT_OUT, _YES, _NO = (next(_next) for _ in range(6))
_REFEREE: Final = {outcome: next(_next) for outcome in REFEREED}
_REQUESTS: Final = {which: next(_next) for which in product(DOORS, STATUSES)}
_WITHIN: Final = {door: [next(_next) for _ in (*BOUNDS, None)] for door in DECIDING}  # the last: longer than all bounds
_MICROSECONDS: Final = {door: next(_next) for door in DECIDING}
_EACH: Final = next(_next)
_PLACES: Final = 1024  # of which each process has one to itself, so that none ever waits for another


class Took(NamedTuple):
    """How long answers took: how many up to each of `BOUNDS` and no longer, then those beyond; all seconds together."""

    within: tuple[int, ...]
    seconds: float


class Counted(NamedTuple):
    """Everything since the server was started; `requests` by door and status, what was never seen left out."""

    logged: int
    dropped: int
    left_out: int
    allowed: int
    denied: int
    refereed: Mapping[str, int]
    requests: Mapping[tuple[str, int], int]
    took: Mapping[str, Took]


class Counts:
    """Numbers in memory that processes forked from this one share; safe for threads."""

    def __init__(self) -> None:
        self._numbers = memoryview(mmap.mmap(-1, _PLACES * _EACH * 8)).cast("Q")
        self._lock = threading.Lock()
        self.take(0)

    def take(self, turn: int) -> None:
        """From now on this process, the `turn`th of its server, counts in a place of its own.

        It goes on from what a process that is long gone has left there, so that no count ever falls.
        """
        self._place = turn % _PLACES * _EACH
        self._numbers[self._place + _USED] = 1

    def logged(self, number: int) -> None:
        """So many lines were written into the decision log."""
        self._add(_LOGGED, number)

    def dropped(self, number: int) -> None:
        """So many decisions that the decision log wanted were lost to it."""
        self._add(_DROPPED, number)

    def left_out(self, number: int) -> None:
        """So many lines of the service's own log were left out, since nobody took them."""
        self._add(_LEFT_OUT, number)

    def refereed(self, outcome: str) -> None:
        """The referee came to one of the outcomes of `REFEREED`."""
        self._add(_REFEREE[outcome], 1)

    def decided(self, decisions: Sequence[Decision]) -> None:
        """Questions were answered with these."""
        allowed = sum([decision.allowed for decision in decisions])
        self._add(_YES, allowed)
        self._add(_NO, len(decisions) - allowed)

    def answered(self, door: str, status: int, seconds: float, decisions: Sequence[Decision] = ()) -> None:
        """A request was answered at one of `DOORS`, maybe with decisions; those that decide have their time kept."""
        here, numbers, within = self._place, self._numbers, _WITHIN.get(door)
        number = _REQUESTS.get((door, status)) or _REQUESTS[door, 0]
        allowed = 0
        for decision in decisions:
            allowed += decision.allowed
        with self._lock:
            numbers[here + number] += 1
            numbers[here + _YES] += allowed
            numbers[here + _NO] += len(decisions) - allowed
            if within is not None:
                numbers[here + within[bisect_left(BOUNDS, seconds)]] += 1
                numbers[here + _MICROSECONDS[door]] += int(seconds * 1_000_000)

    def total(self) -> Counted:
        """What all processes have counted so far."""
        used = [place for place in range(0, _PLACES * _EACH, _EACH) if self._numbers[place + _USED]]
        sums = [sum(self._numbers[place + number] for place in used) for number in range(_EACH)]
        return Counted(
            logged=sums[_LOGGED],
            dropped=sums[_DROPPED],
            left_out=sums[_LEFT_OUT],
            allowed=sums[_YES],
            denied=sums[_NO],
            refereed={outcome: sums[number] for outcome, number in _REFEREE.items()},
            requests={which: sums[number] for which, number in _REQUESTS.items() if sums[number]},
            took={
                door: Took(tuple(sums[number] for number in numbers), sums[_MICROSECONDS[door]] / 1_000_000)
                for door, numbers in _WITHIN.items()
            },
        )

    def _add(self, number: int, by: int) -> None:
        with self._lock:
            self._numbers[self._place + number] += by


@cache
def counts() -> Counts:
    """The counts of this process, which those that it forks afterwards share."""
    return Counts()
