"""How things stand in a SQLite file: one kept connection that is told of every commit at the price of a glance."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

from authz.core.currency import Credential, Standing
from authz.core.names import BadName, Practice, Subject
from authz.storage.moments import read_moment

_REVISION: Final = "SELECT revision FROM practices WHERE id = ?"
_CREDENTIAL: Final = """
SELECT k.id, k.subject, k.practice, k.expires_at,
       k.revoked_at IS NULL AND (k.subject NOT LIKE 'user:%' OR coalesce(p.active, 0))
FROM api_keys k LEFT JOIN people p ON p.subject = k.subject WHERE k.hash = ?
"""


class SqliteCurrency:
    """Keeps the promises of `core.currency.Currency` by `PRAGMA data_version`, which moves with every commit.

    What was read stays good until it moves, and is forgotten when it does. The connection never writes, so that
    commits of this process are noticed like all others, and waits for nobody: where it would, the answer is None.
    """

    def __init__(self, path: Path, mode: str) -> None:
        self._path, self._file, self._mode = path, str(path), mode
        self._connection: sqlite3.Connection | None = None
        self._identity = (0, 0)
        self._version = -1
        self._looked = False
        self._good_at = 0.0
        self._revisions: dict[str, int] = {}
        self._credentials: dict[str, Credential] = {}

    def at_once(self, practice: Practice, hash: str, within: float) -> Standing | None:
        """How things stand now, or at most `within` seconds ago if the file does not answer; None if neither."""
        if self._looked or self._look():
            try:
                return Standing(self._revision(practice), self._credential(hash), 0.0)
            except (sqlite3.Error, BadName, ValueError, TypeError):
                self.close()
                return None
        age = time.monotonic() - self._good_at
        revision, credential = self._revisions.get(practice.id), self._credentials.get(hash)
        if age > within or revision is None or credential is None:
            return None
        return Standing(revision, credential, age)

    async def read(self, practice: Practice, hash: str) -> Standing | None:
        """None: what a glance did not tell takes a connection that can wait."""
        return None

    def arrived(self) -> None:
        """A request has come in: a look from before it will not do for it."""
        self._looked = False

    def close(self) -> None:
        """Gives the connection back; the next look opens another."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._looked = None, False

    def _look(self) -> bool:
        """Whether what is remembered is now what the file says; forgets it first where the file has moved on."""
        try:
            # INVARIANT: nothing is answered from a file that was removed or replaced behind the open handle.
            found = os.stat(self._file)  # noqa: PTH116  # a third of the price, paid for every check
            if self._connection is None or self._identity != (found.st_dev, found.st_ino):
                self._open()
            version = self._connection.execute("PRAGMA data_version").fetchall()[0][0]  # type: ignore[union-attr]
        except (sqlite3.Error, OSError):
            self.close()
            return False
        if version != self._version:
            self._forget()
            self._version = version
        self._good_at = time.monotonic()
        # INVARIANT: one look serves what had come in before it, until the end of the turn at the latest; whatever comes
        # in says so to `arrived`, also where a task that was queued before the look will take it up.
        self._looked = True
        asyncio.get_running_loop().call_soon(self._turn_over)
        return True

    def _turn_over(self) -> None:
        self._looked = False

    def _open(self) -> None:
        self.close()
        before = self._path.stat()
        uri = f"{self._path.as_uri()}?mode={self._mode}"
        self._connection = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)
        self._connection.execute("PRAGMA query_only = ON")
        self._connection.execute("PRAGMA trusted_schema = OFF")
        after = self._path.stat()
        self._identity = (before.st_dev, before.st_ino)
        if self._identity != (after.st_dev, after.st_ino):
            raise OSError("the file was replaced while it was opened")
        # A new connection counts from anywhere: equal numbers would mean nothing.
        self._version = -1

    def _forget(self) -> None:
        self._revisions.clear()
        self._credentials.clear()

    def _revision(self, practice: Practice) -> int | None:
        found = self._revisions.get(practice.id)
        if found is None:
            for (revision,) in self._rows(_REVISION, practice.id):
                found = self._revisions[practice.id] = int(revision)
        return found

    def _credential(self, hash: str) -> Credential | None:
        found = self._credentials.get(hash)
        if found is None:
            for id, subject, practice, expires_at, in_force in self._rows(_CREDENTIAL, hash):
                bound = None if practice is None else Practice(practice)
                until = read_moment(expires_at)
                found = Credential(id, Subject.parse(subject), bound, until, bool(in_force))
                self._credentials[hash] = found
        return found

    def _rows(self, statement: str, name: str) -> list[tuple[Any, ...]]:
        if self._connection is None:
            raise sqlite3.OperationalError("closed")
        # `fetchall` ends the statement: one left open would go on seeing the file as it was.
        return self._connection.execute(statement, (name,)).fetchall()
