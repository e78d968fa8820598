"""The store: what core.ports promises, kept by a SQL database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from authz.core.changes import ApiKey, Change, PracticeRole
from authz.core.errors import NotFound, StoreUnavailable
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import AccessRequest, Emergency, Person, PracticeSettings
from authz.core.policy import BadRow, PeopleChanged, Snapshot
from authz.core.registry import Attributes, Entry, Named
from authz.storage import (
    applying,
    concerned,
    people,
    registry,
    requests,
    roles,
    snapshots,
    strays,
    uses,
)
from authz.storage.failures import readable
from authz.storage.kept_record import KeptRecord
from authz.storage.migrations import HEAD
from authz.storage.records import key_of, settings_of
from authz.storage.tables import api_keys, memberships, practices, schema_version, secrets


class SqlStore(KeptRecord):
    """Keeps the promises of `core.ports.Store` on SQLite and PostgreSQL alike; safe for threads, not across a fork."""

    def revision(self, practice: Practice) -> int:
        """The practice's revision, as committed now; NotFound for an unknown practice."""
        found = self._scalar(select(practices.c.revision).where(practices.c.id == practice.id))
        if found is None:
            raise NotFound("practice", practice.id)
        return int(found)

    def snapshot(self, practice: Practice) -> Snapshot:
        """Everything about one practice as of one moment; NotFound if unknown."""
        with self._database.reading() as connection, readable():
            return snapshots.read(connection, practice)

    def changed_since(self, practice: Practice, revision: int) -> PeopleChanged | None:
        """All about everybody whom the changes after `revision` concern; None if more has changed, or it is unknown."""
        with self._database.reading() as connection, readable():
            return concerned.changed_since(connection, practice, revision)

    def apply(self, change: Change) -> int:
        """The whole change or nothing; returns the new revision once it is durable."""
        with self._database.writing() as connection:
            revision = applying.apply(connection, change, self._clock())
            self._database.announce(connection)
            return revision

    def rehearse(self, change: Change) -> None:
        """The whole change, undone at once: raises what `apply` would raise."""
        with self._database.undone() as connection:
            applying.apply(connection, change, self._clock())

    def access_request(self, practice: Practice, id: str) -> AccessRequest | None:
        """The request of this id in this practice."""
        with self._database.looking() as connection, readable():
            return requests.request(connection, practice, id)

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
        """Requests in order of their ids, from the first after `after`, at most `limit`."""
        with self._database.looking() as connection, readable():
            return requests.requests(connection, practice, state, user, asked_by, after, limit)

    def emergency(self, practice: Practice, id: str) -> Emergency | None:
        """The emergency access of this id in this practice, long settled ones included."""
        with self._database.looking() as connection, readable():
            return requests.emergency(connection, practice, id)

    def emergencies(
        self, practice: Practice, *, to_review: bool = False, after: str = "", limit: int = 100
    ) -> Sequence[Emergency]:
        """Emergency accesses in order of their ids, from the first after `after`; or only those without a review."""
        with self._database.looking() as connection, readable():
            return requests.all_emergencies(connection, practice, to_review, after, limit)

    def practices(self, after: str = "", limit: int = 100) -> Sequence[Practice]:
        """Practices in order of their ids, the installation aside, from the first after `after`."""
        wanted = select(practices.c.id).where(practices.c.id > after, practices.c.id != INSTALLATION.id)
        with self._database.looking() as connection, readable():
            found = connection.execute(wanted.order_by(practices.c.id).limit(limit)).scalars()
            return [Practice(id) for id in found]

    def listed_practices(self) -> Sequence[tuple[PracticeSettings, int]]:
        """The settings and revision of every practice, the installation aside, in order of their ids."""
        wanted = select(practices).where(practices.c.id != INSTALLATION.id).order_by(practices.c.id)
        with self._database.looking() as connection, readable():
            return [(settings_of(row), row["revision"]) for row in connection.execute(wanted).mappings()]

    def person(self, subject: Subject) -> Person | None:
        """The account of a user, wherever its home is."""
        with self._database.reading() as connection, readable():
            return people.find(connection, [str(subject)]).get(subject)

    def person_by_email(self, email: str) -> Person | None:
        """The account that has this address or alias, compared without case."""
        with self._database.reading() as connection, readable():
            return next(iter(people.find(connection, people.owner_of_address(email)).values()), None)

    def homes_and_guests(self, user: Subject) -> Sequence[Practice]:
        """Every practice the person is a member of, in order of their ids."""
        wanted = select(memberships.c.practice).where(memberships.c.user == str(user)).order_by(memberships.c.practice)
        with self._database.looking() as connection, readable():
            return [Practice(id) for id in connection.execute(wanted).scalars()]

    def roles(self, practice: Practice) -> Sequence[PracticeRole]:
        """The roles that the practice defined for itself, in order of their ids."""
        with self._database.reading() as connection, readable():
            return roles.read(connection, practice)

    def key_by_hash(self, hash: str) -> ApiKey | None:
        """The key whose token has this SHA-256, revoked or expired ones included."""
        with self._database.looking() as connection, readable():
            row = connection.execute(select(api_keys).where(api_keys.c.hash == hash)).mappings().first()
            return None if row is None else key_of(row)

    def key(self, id: str) -> ApiKey | None:
        """The key of this id, revoked or expired ones included."""
        with self._database.looking() as connection, readable():
            row = connection.execute(select(api_keys).where(api_keys.c.id == id)).mappings().first()
            return None if row is None else key_of(row)

    def keys(self, after: str = "", limit: int = 100) -> Sequence[ApiKey]:
        """Keys in order of their ids, from the first after `after`, at most `limit`."""
        wanted = select(api_keys).where(api_keys.c.id > after).order_by(api_keys.c.id).limit(limit)
        with self._database.looking() as connection, readable():
            return [key_of(row) for row in connection.execute(wanted).mappings()]

    def registered(self, practice: Practice, names: Collection[Named]) -> tuple[int, Mapping[Named, Attributes]]:
        """What is stored for those of these resources that are registered, and the revision of the last change."""
        with self._database.looking() as connection, readable():
            return registry.find(connection, practice, names)

    def entries(self, practice: Practice, type: str, after: str = "", limit: int = 100) -> tuple[int, Sequence[Entry]]:
        """Registered resources of a type in order of their ids, and the revision of the last change."""
        with self._database.looking() as connection, readable():
            return registry.read(connection, practice, type, after, limit)

    def note_uses(self, noted: Iterable[tuple[Practice, Subject, str]], at: datetime) -> None:
        """These subjects' roles said yes in these practices, as late as at this moment."""
        with self._database.writing() as connection:
            uses.note(connection, noted, at)

    def uses(self, practice: Practice) -> Mapping[tuple[Subject, str], datetime]:
        """When the roles of subjects last said yes in a practice; in any of them, for the installation."""
        with self._database.looking() as connection, readable():
            return uses.read(connection, practice)

    def secret(self, name: str) -> bytes:
        """A secret of this installation, the same for all that run on this database."""
        with self._database.looking() as connection:
            return bytes.fromhex(connection.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar_one())

    def stray_rows(self, limit: int = 100) -> Sequence[BadRow]:
        """Policy rows that name no practice there is and so have no effect, at most `limit`."""
        with self._database.looking() as connection:
            return strays.read(connection, limit)

    def ready(self) -> None:
        """Raises StoreUnavailable unless the database answers and has the schema of this program."""
        found = self._scalar(select(schema_version.c.version_num))
        if found != HEAD:
            raise StoreUnavailable(f"the schema is at `{found}`, not `{HEAD}`; run `authz db upgrade`")

    def close(self) -> None:
        """Gives the connections back; the store may still be used and will connect again."""
        self._database.close()

    def _scalar(self, wanted: Select[Any]) -> Any:
        with self._database.looking() as connection:
            return connection.execute(wanted).scalar()
