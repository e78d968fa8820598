"""The record of each practice, kept and read back: a part of what the store promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import and_, distinct, func, select

from authz.core.changes import Event
from authz.core.errors import NotFound
from authz.core.names import Practice
from authz.core.record import AuditCheck, Checkpoint, EventQuery, RecordedEvent, SealedEvent, Step
from authz.storage import applying, audit, exporting, steps, verifying
from authz.storage.connecting import Database
from authz.storage.failures import readable
from authz.storage.tables import audit_events, practices


class KeptRecord:
    """What `core.ports.Store` promises of records, kept by a SQL database."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    def record(self, practice: Practice, events: Iterable[Event]) -> None:
        """Events that change nothing, durably kept; NotFound for an unknown practice."""
        with self._database.writing() as connection:
            applying.record(connection, practice, events, self._clock())

    def events(
        self,
        practice: Practice,
        after: int = 0,
        limit: int = 100,
        wanted: EventQuery | None = None,
        upto: int | None = None,
    ) -> Sequence[RecordedEvent]:
        """Recorded events with a `seq` above `after` and not above `upto`, oldest first, at most `limit`."""
        with self._database.looking() as connection, readable():
            return audit.read(connection, practice, after, limit, wanted or EventQuery(), upto)

    def last_event(self, practice: Practice) -> int:
        """The `seq` of the practice's last event, 0 if it has none; NotFound for an unknown practice."""
        wanted = select(practices.c.audit_events).where(practices.c.id == practice.id)
        with self._database.looking() as connection, readable():
            found = connection.execute(wanted).scalar()
            if found is None:
                raise NotFound("practice", practice.id)
            return int(found)

    def steps(self, practice: Practice) -> Iterator[Step]:
        """What each recorded change did to the policy of a practice, oldest first; a page of them is held at a time."""
        after = 0
        while True:
            with self._database.looking() as connection, readable():
                page = steps.read(connection, practice, after)
            yield from (step for _, step in page)
            if len(page) < steps.PAGE:
                return
            after = page[-1][0]

    def recorded_revisions(self, practice: Practice, after: int, upto: int) -> int:
        """How many of the revisions above `after` and not above `upto` are those of changes that the record tells."""
        here = and_(audit_events.c.practice == practice.id, audit_events.c.state.is_not(None))
        within = (audit_events.c.revision > after, audit_events.c.revision <= upto)
        wanted = select(func.count(distinct(audit_events.c.revision))).where(here, *within)
        with self._database.looking() as connection:
            return int(connection.execute(wanted).scalar_one())

    def audit_check(self, practice: Practice, kept: Iterable[Checkpoint] = ()) -> AuditCheck:
        """The practice's record walked from end to end and held against checkpoints kept elsewhere."""
        with self._database.reading() as connection:
            return verifying.check(connection, practice, kept)

    def end_of_record(self, practice: Practice) -> tuple[Checkpoint, Sequence[SealedEvent]]:
        """How far the record has come, as the practice knows it, and events numbered as none up to there can be."""
        with self._database.reading() as connection:
            return exporting.end(connection, practice)

    def sealed_events(self, practice: Practice, after: int, upto: int, limit: int = 100) -> Sequence[SealedEvent]:
        """Events as they stand, with a `seq` above `after` and not above `upto`, oldest first, at most `limit`."""
        with self._database.looking() as connection:
            return exporting.read(connection, practice, after, upto, limit)
