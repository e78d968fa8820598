"""The decision log: a line for each answer, written beside the answers and never in their way."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson

from authz.core.decision import Decision, Reason, Request
from authz.core.moments import told as as_told
from authz.core.names import Practice
from authz.counting import Counts
from authz.decision_log.lines import Answered, Asker, Searched, Writer
from authz.decision_log.places import Place, SharedFile, StandardOutput

OFF, NOTABLE, ALL = "off", "notable", "all"
CHOICES: Final = (OFF, NOTABLE, ALL)
STANDARD_OUTPUT: Final = Path("-")
MOST_WAITING: Final = 32 * 1024 * 1024  # bytes, in each process, which is a hundred thousand lines
GATHER_SECONDS, RETRY_SECONDS, WARN_SECONDS, END_SECONDS = 0.1, 1.0, 60.0, 5.0
log = logging.getLogger("authz.decision_log")


class DecisionLog:
    """Takes note of answers, and writes them in a thread of its own that is started with the first.

    A line is written within a second of its answer. What cannot be written, or comes while too much waits, is dropped:
    counted, warned of once a minute at most, and told by a line `{"at", "dropped", "since"}` as soon as lines can be
    written again. Taking note waits for nothing and never fails. Safe for threads; one process's own.
    """

    def __init__(self, keep: str, place: Place, counts: Counts) -> None:
        """`keep` is one of `CHOICES`."""
        self.counts: Final = counts
        self._wanted, self._every = keep != OFF, keep == ALL
        self._place, self._writer = place, Writer(every=self._every)
        self._lines: list[str] = []
        self._taken, self._written = "", 0  # by the thread, and how much of that it has written
        self._waiting = 0  # bytes of both that are not written
        self._lock = threading.Lock()
        self._filled, self._ending = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._untold, self._since = 0, 0.0
        self._warned: float | None = None

    def wants(self, decisions: Iterable[Decision], *, certain: bool = True) -> bool:
        """Whether some of these may have to be logged; `certain`: each answer is one of these decisions."""
        if self._every or not self._wanted:
            return self._every
        if certain:
            for decision in decisions:
                # A yes that demands something is a no for some.
                if decision.reason is not Reason.GRANTED or decision.obligations:
                    return True
        return not certain

    def note(
        self,
        asker: Asker,
        practice: Practice,
        revision: int,
        requests: Sequence[Request],
        decisions: Sequence[Decision],
        told: Iterable[Answered] | None = None,
    ) -> None:
        """Takes note of answers of the policy at this revision, told as they were decided or, if given, as `told` says.

        Only for what is wanted.
        """
        # Made into text here, not in the thread, which was tried: a line costs a microsecond or a few, while questions
        # and decisions that wait cost more than that to keep, and the thread takes the interpreter from the answers.
        try:
            if told is None:
                lines = self._writer.decided(
                    time.time(), asker, practice, revision, zip(requests, decisions, strict=True)
                )
            else:
                lines = self._writer.told(time.time(), asker, practice, revision, told)
        except Exception:
            log.exception("decision_log_failed")
            self._dropped(len(decisions), "an answer could not be written as a line")
            return
        if lines:
            self._put("".join(lines))

    def searched(self, asker: Asker, searched: Searched, *, by_emergency: bool = False) -> None:
        """Takes note of a search; where not all is kept, only of one that found something by an emergency."""
        if self._every or (self._wanted and by_emergency):
            self._put(self._writer.searched(time.time(), asker, searched))

    def close(self) -> None:
        """Writes what waits, for some seconds at most; what comes later is dropped."""
        with self._lock:
            self._ending.set()
            thread = self._thread
        self._filled.set()
        if thread is not None:
            thread.join(END_SECONDS)
        with self._lock:
            left = self._taken.count("\n", self._written) + "".join(self._lines).count("\n")
            self._lines = []
        if left:
            self._dropped(left, "the log could not be written before the end")

    def _put(self, lines: str) -> None:
        with self._lock:
            full = self._waiting + len(lines) > MOST_WAITING or self._ending.is_set()
            if not full:
                self._waiting += len(lines)
                self._lines.append(lines)
        if full:
            self._dropped(lines.count("\n"), "too many wait to be written")
        elif not self._filled.is_set():
            self._wake()

    def _wake(self) -> None:
        self._filled.set()
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="authz-decision-log", daemon=True)
                try:
                    self._thread.start()
                except RuntimeError:  # no further thread is to be had just now; the next entry tries again
                    self._thread = None
                    self._filled.clear()

    def _run(self) -> None:
        while not self._ending.is_set() or self._lines:
            self._filled.wait(RETRY_SECONDS if self._untold else None)
            self._ending.wait(GATHER_SECONDS)
            self._filled.clear()
            self._write_all()
        self._place.close()

    def _write_all(self) -> None:
        """Writes what waits, in pieces of whole lines as large as the place takes them."""
        with self._lock:
            lines = "".join(self._lines)
            self._lines, self._taken, self._written = [], lines, 0
        if not lines and self._untold:
            self._write("")
        while self._written < len(lines):
            end = _end_of_piece(lines, self._written, self._place.most)
            self._write(lines[self._written : end])
            with self._lock:
                self._waiting -= end - self._written
                self._written = end

    def _write(self, lines: str) -> None:
        untold = self._untold
        data = lines.encode("ascii")
        if untold:
            gap = {"at": _moment(time.time()), "dropped": untold, "since": _moment(self._since)}
            data = orjson.dumps(gap) + b"\n" + data
        try:
            self._place.write(data)
        except OSError as error:
            if lines:
                self._dropped(lines.count("\n"), error.strerror or "cannot be written")
            return
        self.counts.logged(lines.count("\n"))
        with self._lock:
            self._untold -= untold
            self._since = time.time()

    def _dropped(self, number: int, why: str) -> None:
        self.counts.dropped(number)
        now = time.monotonic()
        with self._lock:
            if not self._untold:
                self._since = time.time()
            self._untold += number
            warn = self._warned is None or now - self._warned >= WARN_SECONDS
            if warn:
                self._warned = now
        if warn:
            log.warning("decisions_dropped", extra={"dropped": self.counts.total().dropped, "why": why})


def _end_of_piece(lines: str, begin: int, most: int) -> int:
    """Where a piece of whole lines ends that is at most so long, or one line that is longer by itself."""
    if len(lines) - begin <= most:
        return len(lines)
    end = lines.rfind("\n", begin, begin + most)
    return (end if end >= 0 else lines.index("\n", begin)) + 1


def open_log(keep: str, file: Path, largest: int, kept: int, counts: Counts) -> DecisionLog:
    """The log that these settings ask for; nothing is opened before there is something to write."""
    place = StandardOutput() if file == STANDARD_OUTPUT else SharedFile(file, largest, kept)
    return DecisionLog(keep, place, counts)


def _moment(at: float) -> str:
    return as_told(datetime.fromtimestamp(at, UTC))
