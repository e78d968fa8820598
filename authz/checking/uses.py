"""Which roles said yes, collected beside the answers and noted once a minute, so that access nobody uses is found."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from authz.checking.policy_held import PolicyHeld
from authz.core.errors import AuthzError
from authz.core.names import Practice, Subject
from authz.core.ports import Store

EVERY_SECONDS: Final = 60.0
MOST_AT_ONCE: Final = 500  # a commit: some milliseconds in which nobody else can write
_PAUSE_SECONDS: Final = 0.02
_log = logging.getLogger("authz.checking")
_Use = tuple[Practice, Subject, str]


class Uses:
    """Takes from the policies held ready what was used of them; nothing of it is on the way of an answer.

    A use is noted within a minute, unless the process dies before: what is known as the last use is at most so much
    too early, and at most so much too late, since it is noted with the moment of the noting.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime], held: Callable[[], Iterable[PolicyHeld]]) -> None:
        """`held` gives the policies that are asked now; one that is asked no more is handed to `take`."""
        self._store = store
        self._clock = clock
        self._held = held
        self._waiting: set[_Use] = set()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Notes once a minute from now on, in a thread of this process."""
        self._thread = threading.Thread(target=self._run, name="authz-uses", daemon=True)
        self._thread.start()

    def take(self, held: PolicyHeld) -> None:
        """Takes over what was used of a policy; whoever asks it meanwhile loses nothing."""
        found: set[_Use] = set()
        while held.used:
            subject, outcome = held.used.pop()
            found.update((held.practice, subject, role) for role in outcome.roles)
        with self._lock:
            self._waiting |= found

    def note(self) -> int:
        """Writes down what has come together, and returns how many uses that were.

        A busy minute's are written in parts, between which others may write. Raises StoreUnavailable; what could not be
        written is written the next time.
        """
        for held in self._held():
            self.take(held)
        with self._lock:
            fresh, self._waiting = [*self._waiting], set()
        for start in range(0, len(fresh), MOST_AT_ONCE):
            part = fresh[start : start + MOST_AT_ONCE]
            try:
                self._store.note_uses(part, self._clock())
            except AuthzError:
                with self._lock:
                    self._waiting.update(fresh[start:])
                raise
            if len(part) == MOST_AT_ONCE:
                self._over.wait(_PAUSE_SECONDS)
        return len(fresh)

    def close(self) -> None:
        """Ends the thread, if there is one, and notes what has come together since."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._over.set()
            thread.join()
            self._note()

    def _run(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            self._note()

    def _note(self) -> None:
        try:
            self.note()
        except AuthzError:
            _log.warning("uses_not_noted")
