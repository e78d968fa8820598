"""Where the lines of the decision log go: a file that processes share and rotate, or standard output.

Not a library's handler: `concurrent-log-handler` takes a lock and formats a record for each line, and cannot tell which
lines a full disk kept from being written; here a batch takes the lock once and is there as a whole or not at all.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import stat
import time
from pathlib import Path
from select import PIPE_BUF
from typing import Final, Protocol

_PATIENCE_SECONDS: Final = 3.0  # with others who fill one file after the other while we wait for its lock
_STANDARD_OUTPUT: Final = 1
_PIECE: Final = 262_144
_LOOKS: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe must not hold us up
log = logging.getLogger("authz.decision_log")


class Place(Protocol):
    """Takes whole lines; `most` is how many bytes it takes at a time."""

    most: int

    def write(self, lines: bytes) -> None:
        """All of them or none, which raises OSError."""

    def close(self) -> None:
        """Gives the file back."""


class SharedFile:
    """A file that several processes append to; beyond `largest` bytes it becomes `.1`, `.1` becomes `.2`, and so on.

    Whoever writes holds the lock of the file that stands under the name, so that no line is torn and none goes into a
    file that is being moved; a lock ends with its process. `kept` older files stay. A file that somebody else moves
    or removes is begun anew; one that does not begin as a log of ours does is left alone.
    """

    def __init__(self, path: Path, largest: int, kept: int) -> None:
        self._path, self._largest, self._kept = path, largest, kept
        self.most = min(_PIECE, largest)
        self._descriptor: int | None = None
        self._stuck = False

    def write(self, lines: bytes) -> None:
        """Appends these lines; where there is no room for all, what was written of them is taken back."""
        descriptor, size = self._locked(len(lines))
        try:
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                lines = b"\n" + lines  # a process was killed while it wrote: its last line stays apart from ours
            try:
                _write_all(descriptor, lines)
            except OSError:
                os.ftruncate(descriptor, size)
                raise
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Gives the file back."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _locked(self, wanted: int) -> tuple[int, int]:
        """The file under the name, locked, with room for so many bytes, and its size."""
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < give_up:
            descriptor = self._descriptor if self._descriptor is not None else self._open()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            found = os.fstat(descriptor)
            full = found.st_size > 0 and found.st_size + wanted > self._largest
            if self._stands(found) and not (full and self._moved_on()):
                return descriptor, found.st_size
            self.close()
        raise OSError(errno.EAGAIN, "the decision log keeps being moved")

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._path, _LOOKS, 0o600)
        found = os.fstat(self._descriptor)
        if not stat.S_ISREG(found.st_mode) or (found.st_size and os.pread(self._descriptor, 1, 0) != b"{"):
            self.close()
            raise OSError(errno.EINVAL, "what is there is no decision log", str(self._path))
        return self._descriptor

    def _stands(self, found: os.stat_result) -> bool:
        """Whether the open file is the one under the name."""
        try:
            return os.path.samestat(self._path.stat(), found)
        except OSError:
            return False  # whatever it is, opening it anew tells

    def _moved_on(self) -> bool:
        """Gives the files their next numbers; where that fails, the log grows on, since lines count for more."""
        try:
            for number in range(self._kept - 1, 0, -1):
                if os.path.lexists(older := self._numbered(number)):
                    older.replace(self._numbered(number + 1))
            self._path.replace(self._numbered(1))
        except OSError as error:
            if not self._stuck:
                log.warning("decision_log_not_rotated", extra={"why": error.strerror})
            self._stuck = True
            return False
        self._stuck = False
        return True

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


class StandardOutput:
    """Standard output, in pieces that a pipe takes whole beside those of other processes."""

    most = PIPE_BUF

    def write(self, lines: bytes) -> None:
        """Writes these lines."""
        _write_all(_STANDARD_OUTPUT, lines)

    def close(self) -> None:
        """Standard output stays open."""


def _write_all(descriptor: int, lines: bytes) -> None:
    rest = memoryview(lines)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
