"""What can be changed, as exact operations, with the audit event that belongs to each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from authz.core.names import Practice, Subject
from authz.core.people import AccessRequest, Emergency, Membership, Person, PracticeSettings
from authz.core.policy import Grant, Rule
from authz.core.registry import Entry, Named


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something and by which door: `via` is `key:<id>`, `session:<id>`, or `cli`.

    A session whose issuer gives it no id is `session`.
    """

    subject: str
    via: str
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What the record keeps of a change: `before` and `after` hold the fields that differ, as JSON values."""

    actor: Actor
    action: str
    target: str
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A caller's credential; the token itself is never kept, only its SHA-256 in hexadecimal.

    `practice` binds the key to one practice; None leaves that to the subject's grants.
    """

    id: str
    subject: Subject
    hash: str
    label: str
    created_by: str
    created_at: datetime
    practice: Practice | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PracticeRole:
    """A role that a practice defined for itself; `kind` is `role` or `analytics`."""

    practice: Practice
    id: str
    name: str
    kind: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class CreatePractice:
    """A practice comes into being; Conflict `practice_exists` if its id is taken."""

    settings: PracticeSettings


@dataclass(frozen=True, slots=True)
class PutSettings:
    """The practice's settings become these."""

    settings: PracticeSettings


@dataclass(frozen=True, slots=True)
class PutPerson:
    """An account becomes this, or is made if it is `new`.

    Conflict `email_taken` if an address belongs to someone else, `id_taken` if a new account's id does.
    """

    person: Person
    new: bool = False


@dataclass(frozen=True, slots=True)
class PutMembership:
    """A person becomes a member, or the membership becomes this."""

    membership: Membership


@dataclass(frozen=True, slots=True)
class PutGrant:
    """A grant is made, or the one of the same subject and role becomes this."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class RemoveGrant:
    """Exactly this subject's grant of exactly this role ends; nothing happens if there is none."""

    subject: Subject
    role: str


@dataclass(frozen=True, slots=True)
class PutRole:
    """A practice's role is made, or its name and rules become these."""

    role: PracticeRole


@dataclass(frozen=True, slots=True)
class RemoveRole:
    """A practice's role goes; Conflict `role_in_use` while someone holds it."""

    id: str


@dataclass(frozen=True, slots=True)
class PutEmergency:
    """An emergency access begins, ends or is reviewed."""

    emergency: Emergency


@dataclass(frozen=True, slots=True)
class PutAccessRequest:
    """A request is made or decided."""

    request: AccessRequest


@dataclass(frozen=True, slots=True)
class PutKey:
    """A key is issued or becomes this."""

    key: ApiKey


@dataclass(frozen=True, slots=True)
class ReplaceShippedRules:
    """The shipped rules become exactly these, in every practice."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class PutEntries:
    """Resources are registered, or what is stored for them becomes this."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class RemoveEntries:
    """Resources are registered no longer; nothing happens to those that were not."""

    names: tuple[Named, ...]


Operation = (
    CreatePractice
    | PutSettings
    | PutPerson
    | PutMembership
    | PutGrant
    | RemoveGrant
    | PutRole
    | RemoveRole
    | PutEmergency
    | PutAccessRequest
    | PutKey
    | ReplaceShippedRules
    | PutEntries
    | RemoveEntries
)


@dataclass(frozen=True, slots=True)
class Change:
    """Operations in one practice (or `INSTALLATION`) that happen together with their events, or not at all.

    `expected` is the revision the change was worked out from; None takes the practice as it is.
    `touches` are other practices whose answers change too; their revisions grow in the same transaction, and their
    records get the events `elsewhere`.
    """

    practice: Practice
    operations: tuple[Operation, ...]
    events: tuple[Event, ...]
    expected: int | None = None
    touches: tuple[Practice, ...] = ()
    elsewhere: tuple[tuple[Practice, Event], ...] = ()
