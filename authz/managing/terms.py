"""What a write is asked with, what it is worked out to be, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from authz.checking.effects import Effect
from authz.core.changes import Actor, Event, Operation
from authz.core.names import Practice
from authz.core.people import Person
from authz.core.policy import Snapshot


@dataclass(frozen=True, slots=True)
class Terms:
    """Who writes and on which terms.

    `expected` is the revision that the writer has seen; another one refuses the write. `dry_run` writes nothing and
    answers what would happen. `plan` is the digest of such an answer: the write happens only if it has that effect.
    `signed_in` is when the session of the person who writes began; `only_in` the one practice that their key opens.
    """

    actor: Actor
    reason: str = ""
    expected: int | None = None
    dry_run: bool = False
    plan: str | None = None
    signed_in: datetime | None = None
    only_in: Practice | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A right that a write depends on, as the policy knows it: `action` on a resource of type `resource`."""

    resource: str
    action: str
    id: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A change as a use case has worked it out, before anything was asked about it.

    `needs` are rights that only the present state shows to be needed. `minted` are ids made up for this attempt,
    which another attempt would make up anew. `arriving` are people whose account stays as it is and who become
    members. `answer` is what the use case hands back.
    """

    operations: Sequence[Operation] = ()
    events: Sequence[Event] = ()
    needs: Sequence[Need] = ()
    warnings: Sequence[str] = ()
    minted: Sequence[str] = ()
    arriving: Sequence[Person] = ()
    answer: object = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a write did, or with `dry_run` would do.

    `revision` is the practice's afterwards; `effects` say exactly who gains and loses what; `plan` is their digest.
    `after` is the practice as the write leaves it. `written` is false when nothing was to change, or for a dry run.
    """

    revision: int
    effects: tuple[Effect, ...]
    plan: str
    after: Snapshot
    warnings: tuple[str, ...] = ()
    written: bool = True
    answer: object = None
