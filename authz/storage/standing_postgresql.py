"""How things stand in PostgreSQL: one short read at a time for every check that waits, and never an older one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from authz.core.currency import Credential, Standing
from authz.core.errors import StoreUnavailable
from authz.core.names import BadName, Practice, Subject
from authz.storage.causes import cause_of
from authz.storage.connecting import CHANGED, Database

if TYPE_CHECKING:
    from authz.storage.pq_line import Line, Row

_PREPARE: Final = """
PREPARE authz_standing (text[], text[]) AS
SELECT id AS name, revision::text AS told, NULL AS subject, NULL AS practice, NULL AS expires, NULL AS in_force
FROM practices WHERE id = ANY($1)
UNION ALL
SELECT k.hash, k.id, k.subject, k.practice, (floor(extract(epoch FROM k.expires_at) * 1000000)::bigint)::text,
       (k.revoked_at IS NULL AND (k.subject NOT LIKE 'user:%' OR coalesce(p.active, false)))::text
FROM api_keys k LEFT JOIN people p ON p.subject = k.subject WHERE k.hash = ANY($2)
"""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TRIES: Final = 2
MOST_PARSED: Final = 10_000
_HASH_LENGTH: Final = 64  # no id of a practice is so long
log = logging.getLogger("authz.storage")

_Waiting = tuple[Practice, str, "asyncio.Future[Standing]"]


class PostgresqlCurrency:
    """Keeps the promises of `core.currency.Currency` by a read that begins after the check that asked for it.

    Checks that arrive while a read is under way share the next one. What was read may be told again while it is
    young enough for whoever asks, unless a notification said meanwhile that something changed.
    """

    def __init__(self, database: Database, patience: float, *, listen: bool) -> None:
        self._database, self._patience, self._listen = database, patience, listen
        self._line: Line | None = None
        self._waiting: list[_Waiting] = []
        self._reading: asyncio.Task[None] | None = None
        self._changes = 0
        self._revisions: dict[bytes, tuple[int, float]] = {}
        self._credentials: dict[bytes, tuple[Credential, float]] = {}
        self._parsed: dict[bytes, tuple[Row, Credential]] = {}

    def at_once(self, practice: Practice, hash: str, within: float) -> Standing | None:
        """How things stood at most `within` seconds ago; None if nothing so young is remembered."""
        if within <= 0:
            return None
        revision, credential = self._revisions.get(practice.id.encode()), self._credentials.get(hash.encode())
        if revision is None or credential is None:
            return None
        age = time.monotonic() - min(revision[1], credential[1])
        return Standing(revision[0], credential[0], age) if age <= within else None

    async def read(self, practice: Practice, hash: str) -> Standing:
        """How things stand now; raises StoreUnavailable when the database does not say so in time."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Standing] = loop.create_future()
        self._waiting.append((practice, hash, answer))
        if self._reading is None:
            self._reading = loop.create_task(self._read_for_all())
        return await answer

    def arrived(self) -> None:
        """Nothing to do: whoever asks waits for a read that begins afterwards."""

    def close(self) -> None:
        """Gives the connection back."""
        if self._line is not None:
            self._line.close()
        self._database.close()

    async def _read_for_all(self) -> None:
        try:
            while self._waiting:
                # INVARIANT: taken before the read begins; who comes later waits for the next one.
                asked, self._waiting = self._waiting, []
                try:
                    await self._read(asked)
                except Exception as error:  # noqa: BLE001  # whatever it is, nobody may be left waiting
                    _fail(asked, error)
        finally:
            self._reading = None

    async def _read(self, asked: list[_Waiting]) -> None:
        practices, hashes = {p.id for p, _, _ in asked}, {h for _, h, _ in asked}
        began, changes = time.monotonic(), self._changes
        revisions: dict[bytes, int] = {}
        credentials: dict[bytes, Credential] = {}
        for name, *told in await self._rows([_array(practices), _array(hashes)]):
            if name is not None and len(name) < _HASH_LENGTH:
                revisions[name] = int(told[0] or b"0")
            elif name is not None and (credential := self._credential(name, tuple(told))) is not None:
                credentials[name] = credential
        if self._listen and changes == self._changes:
            self._revisions |= {name: (revision, began) for name, revision in revisions.items()}
            self._credentials |= {name: (credential, began) for name, credential in credentials.items()}
        for practice, hash, answer in asked:
            if not answer.done():
                found = Standing(revisions.get(practice.id.encode()), credentials.get(hash.encode()), 0.0)
                answer.set_result(found)

    async def _rows(self, parameters: list[bytes]) -> list[Row]:
        """One read, on a new connection if there is none or it turns out to be dead."""
        import psycopg  # noqa: PLC0415  # an extra: a service on SQLite runs without it

        problem: Exception | None = None
        for _ in range(_TRIES):
            try:
                async with asyncio.timeout(self._patience):
                    if self._line is None or self._line.lost:
                        self._line = await self._connected()
                    return await self._line.ask(parameters)
            except (psycopg.Error, OSError) as error:
                problem = error
                if self._line is not None:
                    self._line.close()
                if isinstance(error, TimeoutError):
                    break  # whoever waits has waited long enough
        cause = cause_of(problem) if problem else "no reason is known"
        log.warning("database_failed", extra={"kind": cause})
        raise StoreUnavailable(f"the database did not answer: {cause}") from problem

    async def _connected(self) -> Line:
        from authz.storage.pq_line import Line  # noqa: PLC0415  # needs psycopg

        connecting = asyncio.get_running_loop().run_in_executor(None, self._prepared)
        try:
            connection = await asyncio.shield(connecting)
        except asyncio.CancelledError:
            connecting.add_done_callback(_hang_up)  # nobody waits for it any more
            raise
        return Line(connection, b"authz_standing", self._on_change)

    def _prepared(self) -> Any:
        connection = self._database.apart()
        try:
            connection.autocommit = True
            connection.execute(_PREPARE)
            if self._listen:
                connection.execute(f"LISTEN {CHANGED}")
        except Exception:
            connection.close()
            raise
        return connection

    def _on_change(self) -> None:
        # What was read before is never told again. Whoever hears nothing, the line being lost, has the bound on age.
        self._changes += 1
        self._revisions.clear()
        self._credentials.clear()

    def _credential(self, name: bytes, row: Row) -> Credential | None:
        """The key of this row; one that cannot be read hurts nobody but who holds it."""
        held = self._parsed.get(name)
        if held is not None and held[0] == row:
            return held[1]
        id, subject, practice, expires, in_force = (None if field is None else field.decode() for field in row)
        try:
            credential = Credential(
                id=id or "",
                subject=Subject.parse(subject or ""),
                practice=None if practice is None else Practice(practice),
                expires_at=None if expires is None else _EPOCH + timedelta(microseconds=int(expires)),
                in_force=in_force == "true",
            )
        except (BadName, ValueError, OverflowError) as error:
            log.warning("stored_value_unreadable", extra={"kind": type(error).__name__})
            return None
        if len(self._parsed) >= MOST_PARSED:
            self._parsed.clear()  # keys come and go for as long as the process lives
        self._parsed[name] = (row, credential)
        return credential


def _hang_up(connecting: asyncio.Future[Any]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().close()


def _array(names: Iterable[str]) -> bytes:
    """A literal of PostgreSQL; names of ours and hashes hold nothing that would need quotes, `*` aside."""
    return ("{" + ",".join(names) + "}").encode()


def _fail(asked: list[_Waiting], error: Exception) -> None:
    problem = error if isinstance(error, StoreUnavailable) else StoreUnavailable("the database did not answer")
    if problem is not error:
        log.error("unexpected_error", extra={"kind": type(error).__name__}, exc_info=error)
    for _, _, answer in asked:
        if not answer.done():
            answer.set_exception(problem)
