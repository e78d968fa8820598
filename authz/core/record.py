"""The record of a practice as it is kept: events in a row, each sealed with the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from authz.core.changes import Event, Operation
from authz.core.names import Practice

# Everything that events tell of. What was recorded once stays here, so that it can be found.
ACTIONS: Final = frozenset(
    {
        *("practice_created", "settings_set", "ownership_transferred", "shipped_rules_set", "resources_registered"),
        *("user_added", "outsider_added", "user_changed", "email_changed", "user_deactivated", "user_reactivated"),
        *("guest_admitted", "guest_dismissed", "guest_changed", "guest_deactivated", "guest_reactivated"),
        *("account_changed", "account_deactivated", "account_reactivated"),
        *("access_set", "role_granted", "role_revoked", "role_set", "role_removed", "access_signed_off"),
        *("request_made", "request_approved", "request_denied", "request_void"),
        *("emergency_started", "emergency_decision", "emergency_ended", "emergency_reviewed"),
        *("key_created", "key_revoked"),
        *("audit_read", "audit_verified", "audit_exported", "past_explained"),
    }
)
# Who acts, and what is acted on, without a name of its own; all others are written with their kind in front.
NAMELESS: Final = frozenset({"home", "registry"})


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as stored: `seq` counts from 1 in its practice; `hash` covers it and `previous_hash`.

    `unreadable` names what somebody made unreadable in the database: it is empty or None here. `state` is what the
    change did to the policy, as it is sealed with its last event; see `Step`.
    """

    practice: Practice
    seq: int
    at: datetime | None
    revision: int
    event: Event
    previous_hash: str
    hash: str
    unreadable: tuple[str, ...] = ()
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one recorded change did to a practice's policy, or to that of the installation.

    `above` is the revision of the installation that it happened on. There may be no operations.
    """

    revision: int
    at: datetime
    above: int
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which recorded events are wanted; what is left empty does not matter. `subject` is an event's target."""

    actor: str = ""
    subject: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """An event as an outsider checks it: `line` is canonical JSON of exactly what is sealed, and of both hashes."""

    seq: int
    line: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a practice's record had come: `head` is the hash of event `seq`, the last one, which happened `at`.

    `at` is None where there is no such event, or where its moment cannot be read.
    """

    practice: Practice
    seq: int
    head: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """Where a practice's record was tampered with: event `seq` was `changed`, `removed`, `inserted` or `rewritten`.

    `rewritten` is one that is whole, and not the one that a checkpoint knows: so may be all events before it.
    """

    seq: int
    problem: str


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """The result of walking a practice's record from its first event: `head` is the hash of the last one."""

    events: int
    head: str
    broken: tuple[BrokenLink, ...] = ()
