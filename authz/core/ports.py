"""The seams of the core: what storage and the engine promise, method by method."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from authz.core.changes import ApiKey, Change, Event, PracticeRole
from authz.core.names import Practice, Subject
from authz.core.people import AccessRequest, Emergency, Person, PracticeSettings
from authz.core.policy import BadRow, PeopleChanged, RowsInForce, Snapshot
from authz.core.record import AuditCheck, Checkpoint, EventQuery, RecordedEvent, SealedEvent, Step
from authz.core.registry import Attributes, Entry, Named


class Store(Protocol):
    """Where policy is kept. Every method raises StoreUnavailable when the database does not answer."""

    def revision(self, practice: Practice) -> int:
        """The practice's revision, read after this call began; NotFound for an unknown practice. Cheap."""
        ...

    def snapshot(self, practice: Practice) -> Snapshot:
        """Everything about one practice as of one moment, its revision included; NotFound if unknown.

        Rows that are no rules or grants are set aside, logged as `policy_row_set_aside` and listed.
        """
        ...

    def changed_since(self, practice: Practice, revision: int) -> PeopleChanged | None:
        """All about everybody whom the changes after `revision` concern, as of one moment.

        None where that is not known, and where rules, settings or emergencies have changed too: the whole
        snapshot is needed then.
        """
        ...

    def apply(self, change: Change) -> int:
        """All operations, their events and the new revision in one transaction; returns the revision.

        When this returns, the change survives a crash and every later read sees it. Raises StaleExpectation
        if `change.expected` is not the revision found, NotFound, or Conflict; then nothing has changed.
        A change of `INSTALLATION` makes the revision of every practice grow, unless all it does is put keys,
        which no policy depends on.
        """
        ...

    def rehearse(self, change: Change) -> None:
        """Raises whatever `apply` would raise now; changes nothing either way."""
        ...

    def record(self, practice: Practice, events: Iterable[Event]) -> None:
        """Events that change nothing (a decision in an emergency, a reading of the audit), durably kept."""
        ...

    def events(
        self,
        practice: Practice,
        after: int = 0,
        limit: int = 100,
        wanted: EventQuery | None = None,
        upto: int | None = None,
    ) -> Sequence[RecordedEvent]:
        """Recorded events with a `seq` above `after` and not above `upto`, oldest first, at most `limit`."""
        ...

    def last_event(self, practice: Practice) -> int:
        """The `seq` of the practice's last event, 0 if it has none; NotFound for an unknown practice."""
        ...

    def steps(self, practice: Practice) -> Iterator[Step]:
        """What each recorded change did to the policy of a practice, oldest first; of the installation's own too.

        Changes that were recorded before such steps were kept are left out. Raises StoreUnavailable for a step that
        cannot be read.
        """
        ...

    def recorded_revisions(self, practice: Practice, after: int, upto: int) -> int:
        """How many of the revisions above `after` and not above `upto` are those of changes that the record tells."""
        ...

    def audit_check(self, practice: Practice, kept: Iterable[Checkpoint] = ()) -> AuditCheck:
        """The practice's record walked from end to end; names every event changed, removed or inserted.

        Held against checkpoints of the practice that were kept elsewhere, it also names what was sealed anew.
        """
        ...

    def end_of_record(self, practice: Practice) -> tuple[Checkpoint, Sequence[SealedEvent]]:
        """How far the record has come, as the practice knows it; NotFound for an unknown practice.

        Beside it those events that there cannot be: before the first or after the last, the first thousand of them.
        """
        ...

    def sealed_events(self, practice: Practice, after: int, upto: int, limit: int = 100) -> Sequence[SealedEvent]:
        """Events as they stand, tampered ones too, with a `seq` above `after` and not above `upto`, at most `limit`."""
        ...

    def access_request(self, practice: Practice, id: str) -> AccessRequest | None:
        """The request of this id in this practice."""
        ...

    def access_requests(
        self,
        practice: Practice,
        state: str = "",
        user: Subject | None = None,
        after: str = "",
        limit: int = 100,
        *,
        asked_by: str = "",
    ) -> Sequence[AccessRequest]:
        """Requests in order of their ids, from the first after `after`, at most `limit`; oldest have the lowest ids."""
        ...

    def emergency(self, practice: Practice, id: str) -> Emergency | None:
        """The emergency access of this id in this practice, long settled ones included."""
        ...

    def emergencies(
        self, practice: Practice, *, to_review: bool = False, after: str = "", limit: int = 100
    ) -> Sequence[Emergency]:
        """Emergency accesses in order of their ids, from the first after `after`; or only those without a review."""
        ...

    def practices(self, after: str = "", limit: int = 100) -> Sequence[Practice]:
        """Practices in order of their ids, from the first after `after`, at most `limit`."""
        ...

    def listed_practices(self) -> Sequence[tuple[PracticeSettings, int]]:
        """The settings and revision of every practice, the installation aside, in order of their ids."""
        ...

    def person(self, subject: Subject) -> Person | None:
        """The account of a user, wherever its home is."""
        ...

    def person_by_email(self, email: str) -> Person | None:
        """The account that has this address or alias, compared without case."""
        ...

    def homes_and_guests(self, user: Subject) -> Sequence[Practice]:
        """Every practice the person is a member of, home or guest."""
        ...

    def roles(self, practice: Practice) -> Sequence[PracticeRole]:
        """The roles that the practice defined for itself, in order of their ids."""
        ...

    def key(self, id: str) -> ApiKey | None:
        """The key of this id, revoked or expired ones included."""
        ...

    def key_by_hash(self, hash: str) -> ApiKey | None:
        """The key whose token has this SHA-256, revoked or expired ones included."""
        ...

    def keys(self, after: str = "", limit: int = 100) -> Sequence[ApiKey]:
        """Keys in order of their ids, from the first after `after`, at most `limit`."""
        ...

    def registered(self, practice: Practice, names: Collection[Named]) -> tuple[int, Mapping[Named, Attributes]]:
        """What is stored for those of these resources that are registered, and the revision of the registry's last
        change, both as of one moment; NotFound for an unknown practice."""
        ...

    def entries(self, practice: Practice, type: str, after: str = "", limit: int = 100) -> tuple[int, Sequence[Entry]]:
        """Registered resources of a type in order of their ids, from the first after `after`, at most `limit`, and the
        revision of the registry's last change, both as of one moment; NotFound for an unknown practice."""
        ...

    def note_uses(self, uses: Iterable[tuple[Practice, Subject, str]], at: datetime) -> None:
        """These subjects' roles said yes in these practices, as late as at this moment; an earlier one changes nothing.

        No revision grows: no answer depends on it.
        """
        ...

    def uses(self, practice: Practice) -> Mapping[tuple[Subject, str], datetime]:
        """When the roles of subjects last said yes in a practice; in any of them, for the installation."""
        ...

    def secret(self, name: str) -> bytes:
        """A secret of this installation, the same for all processes on this database."""
        ...

    def stray_rows(self, limit: int = 100) -> Sequence[BadRow]:
        """Policy rows that name no practice there is and so have no effect, at most `limit`."""
        ...

    def ready(self) -> None:
        """Raises StoreUnavailable unless the database answers and its schema is the one this program needs."""
        ...


class PreparedPolicy(Protocol):
    """Rows in force, ready to be asked; never changes once made."""

    def allows(self, subject: Subject, resource: str, action: str, facts: frozenset[str]) -> bool | None:
        """Whether the rows say yes when exactly these conditions hold.

        None if the question could not be worked out: a no, of this moment, that must not be remembered.
        """
        ...


class EngineOfMany(Protocol):
    """An engine that can be shown the rows of two practices at once, as no check ever does."""

    def prepare_beside(self, rows: RowsInForce, others: RowsInForce) -> PreparedPolicy:
        """The rows of one practice and those of another in one policy, ready to be asked in the first."""
        ...


class Engine(Protocol):
    """What turns rows into answers."""

    def prepare(self, rows: RowsInForce) -> PreparedPolicy:
        """The rows made ready, all of a practice's or those about one question; cheap."""
        ...
