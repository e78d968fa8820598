"""What a practice's policy consists of: rules, grants, and a snapshot of both as of one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from authz.core.names import Practice, Subject
from authz.core.people import Emergency, Membership, Person, PracticeSettings
from authz.core.registry import EMPTY, Registry

ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Rule:
    """A role's permission, Casbin's `p` row: all of `conditions` must hold; none means always.

    `practice` is `INSTALLATION` for shipped roles. `origin` says where the row was written.
    """

    role: str
    practice: Practice
    resource: str
    action: str
    conditions: tuple[str, ...]
    effect: str = "allow"
    origin: str = ""

    @property
    def when(self) -> str:
        """The conditions as the policy file writes them: `own+draft`, or `always`."""
        return "+".join(self.conditions) or ALWAYS

    def row(self) -> list[str]:
        """The row as Casbin gets it, without its kind."""
        return [self.role, self.practice.id, self.resource, self.action, self.when, self.effect]


@dataclass(frozen=True, slots=True)
class Grant:
    """Subject holds role in practice, Casbin's `g` row; from `expires_at` on it does not count."""

    subject: Subject
    role: str
    practice: Practice
    granted_by: str
    granted_at: datetime
    expires_at: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        """Whether the grant counts at this moment; it ends at `expires_at` to the second."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class BadRow:
    """A stored row that is no rule or grant and was set aside; `fields` are shown, never used."""

    id: int
    fields: tuple[str, ...]
    problem: str
    may_deny: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that decisions in one practice depend on, as of one moment.

    `rules` are the shipped ones and the practice's own. `grants` holds the practice's own and those
    given in the whole installation, whose `practice` stays `INSTALLATION`. `people` holds every member and every
    person with a grant in the whole installation. `bad_rows` were set aside; if one of them may be a
    denial, `damaged` is true and nothing is allowed here until it is mended.
    """

    practice: Practice
    revision: int
    settings: PracticeSettings
    rules: tuple[Rule, ...]
    grants: tuple[Grant, ...]
    people: Mapping[Subject, Person]
    memberships: Mapping[Subject, Membership]
    emergencies: tuple[Emergency, ...] = ()
    bad_rows: tuple[BadRow, ...] = ()
    registry: Registry = EMPTY

    @property
    def damaged(self) -> bool:
        """Whether a row that may be a denial could not be read."""
        return any(row.may_deny for row in self.bad_rows)


@dataclass(frozen=True, slots=True)
class PeopleChanged:
    """All about some people of a practice, those among `subjects`; nothing else has changed up to `revision`.

    But for the registry, whose state is told too.
    """

    practice: Practice
    revision: int
    subjects: frozenset[Subject]
    grants: tuple[Grant, ...]
    people: Mapping[Subject, Person]
    memberships: Mapping[Subject, Membership]
    registry: Registry = EMPTY


@dataclass(frozen=True, slots=True)
class RowsInForce:
    """The rules and held roles that count at a moment, true from `since` until just before `until`.

    `by_default` names who holds the eRx level `full` only because no level was chosen.
    """

    practice: Practice
    revision: int
    rules: tuple[Rule, ...]
    roles: Mapping[Subject, frozenset[str]]
    by_default: frozenset[Subject] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def cover(self, now: datetime) -> bool:
        """Whether these rows are the ones in force at `now`, whichever way the clock went."""
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)

    def held(self) -> list[list[str]]:
        """Who holds which role, as rows for Casbin without their kind; made anew."""
        return [[str(s), role, self.practice.id] for s, roles in self.roles.items() for role in sorted(roles)]
