"""Who holds what in a practice, since when, from whom and when it was last used: what a reviewer signs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.changes import Event
from authz.core.errors import Invalid, StaleExpectation
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.policy import Grant, Rule, Snapshot
from authz.core.ports import Store
from authz.core.record import EventQuery, RecordedEvent
from authz.managing.rights import Rights
from authz.managing.terms import Need, Terms
from authz.policies.in_force import MEMBER, active, rows_in_force
from authz.reviewing.differences import Difference
from authz.reviewing.past import Past, at_moment, at_revision
from authz.reviewing.people_differences import OnSome, of_people

SIGNED: Final = "access_signed_off"
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Holding:
    """One role that somebody holds. `state`: `in_force`, `expired`, or `left` where the person was let go.

    Nobody gave those roles that every member holds, or that are held because nothing else was chosen: their
    `granted_by` is empty and `granted_at` None.
    """

    subject: Subject
    name: str
    seat: str
    role: str
    everywhere: bool
    granted_by: str
    granted_at: datetime | None
    expires_at: datetime | None
    state: str
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class SignOff:
    """That somebody has looked through what there was at a revision."""

    revision: int
    by: str
    at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What people have gained and lost since the last sign-off; `untold` where the record does not reach back to it."""

    people: Sequence[Difference] = ()
    on_some: Sequence[OnSome] = ()
    untold: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A practice as a reviewer sees it: what people hold, what the roles held or made here allow, what has changed.

    `roles` are all that there are, `subjects` all who are or were somebody here. `only` says to what it was narrowed.
    """

    practice: Practice
    title: str
    owner: Subject | None
    revision: int
    at: datetime
    holdings: Sequence[Holding]
    rules: Mapping[str, Sequence[Rule]]
    roles: Mapping[str, Sequence[Rule]]
    subjects: frozenset[Subject]
    last: SignOff | None = None
    since: Changes = field(default_factory=Changes)
    only: Mapping[str, str] = field(default_factory=dict)


class Reviewing:
    """Use cases of whoever reviews access. All raise NotFound for no such practice, and StoreUnavailable."""

    def __init__(self, store: Store, memory: Memory, clock: Callable[[], datetime]) -> None:
        """`memory` is what the checker answers from."""
        self._store = store
        self._memory = memory
        self._clock = clock

    def review(self, practice: Practice) -> Review:
        """All that is held in a practice, or in the whole installation, as it is now."""
        now, snapshot = self._clock(), self._store.snapshot(practice)
        last = self._last_sign_off(practice)
        holdings = _holdings(snapshot, self._store.uses(practice), now)
        held = {holding.role for holding in holdings} | {r.role for r in snapshot.rules if r.practice == practice}
        empty: dict[str, list[Rule]] = {role.id: [] for role in self._store.roles(practice)}
        roles = {**empty, **by_role(snapshot.rules)}
        return Review(
            practice=practice,
            title=snapshot.settings.name,
            owner=snapshot.settings.owner,
            revision=snapshot.revision,
            at=now,
            holdings=holdings,
            rules={role: rules for role, rules in roles.items() if rules and (role in held or role == MEMBER)},
            roles=roles,
            subjects=frozenset([*snapshot.memberships, *(grant.subject for grant in snapshot.grants)]),
            last=last,
            since=self._changes(snapshot, last, now) if last else Changes(),
        )

    def unused(self, practice: Practice, days: int) -> list[Holding]:
        """What has been held for so many days and not been used in them, the longest unused first."""
        now = self._clock()
        since = now - timedelta(days=days)
        found = [
            holding
            for holding in _holdings(self._store.snapshot(practice), self._store.uses(practice), now)
            if holding.state == "in_force" and _unused(holding, since)
        ]
        return sorted(found, key=lambda one: (one.last_used or one.granted_at or now, one.subject, one.role))

    def sign_off(self, by: Terms, practice: Practice, revision: int) -> SignOff:
        """States that all that was held at this revision has been looked at; it goes into the record.

        Raises NotAllowed without the right, StaleExpectation where the practice has moved on since.
        """
        now, snapshot = self._clock(), self._store.snapshot(practice)
        Rights(by, PolicyHeld(snapshot, self._memory, now), now).demand([Need("access_review", "sign_off")])
        if revision != snapshot.revision:
            raise StaleExpectation(revision, snapshot.revision)
        event = Event(by.actor, SIGNED, f"practice:{practice}", after={"revision": revision}, reason=by.reason)
        self._store.record(practice, [event])
        return SignOff(revision, by.actor.subject, now, by.reason)

    def _last_sign_off(self, practice: Practice) -> SignOff | None:
        found: RecordedEvent | None = None
        wanted = EventQuery(action=SIGNED)
        while page := self._store.events(practice, found.seq if found else 0, _PAGE, wanted):
            found = page[-1]
        if found is None:
            return None
        revision = found.event.after.get("revision")
        seen = revision if isinstance(revision, int) else found.revision
        return SignOff(seen, found.event.actor.subject, found.at, found.event.reason)

    def _changes(self, present: Snapshot, last: SignOff, now: datetime) -> Changes:
        try:
            past = self._then(present.practice, last)
        except Invalid as error:
            return Changes(untold="; ".join(one.message for one in error.errors))
        # By the clock of then: what was in force when it was signed, and has ended since, is a change.
        before = PolicyHeld(past.snapshot, self._memory, last.at or past.at)
        return Changes(*of_people(before, PolicyHeld(present, self._memory, now), now))

    def _then(self, practice: Practice, last: SignOff) -> Past:
        """The practice as it was signed; by the moment of that where the record cannot tell the revision apart."""
        try:
            return at_revision(self._store, practice, last.revision)
        except Invalid:
            if last.at is None:
                raise
            return at_moment(self._store, practice, last.at)


def by_role(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Rules under the names of their roles, in order."""
    found: dict[str, list[Rule]] = {}
    for rule in sorted(rules, key=lambda rule: (rule.role, rule.resource, rule.action, rule.when)):
        found.setdefault(rule.role, []).append(rule)
    return found


def _holdings(snapshot: Snapshot, uses: Mapping[tuple[Subject, str], datetime], now: datetime) -> Sequence[Holding]:
    given = [_holding(snapshot, grant, uses, now) for grant in snapshot.grants]
    return sorted([*given, *_by_itself(snapshot, uses, now)], key=lambda one: (one.subject, one.role, one.everywhere))


def _holding(snapshot: Snapshot, grant: Grant, uses: Mapping[tuple[Subject, str], datetime], now: datetime) -> Holding:
    gone = not active(snapshot, grant.subject)
    return Holding(
        *_who(snapshot, grant.subject),
        role=grant.role,
        everywhere=grant.practice == INSTALLATION,
        granted_by=grant.granted_by,
        granted_at=grant.granted_at,
        expires_at=grant.expires_at,
        state="left" if gone else "in_force" if grant.in_force(now) else "expired",
        last_used=uses.get((grant.subject, grant.role)),
    )


def _by_itself(snapshot: Snapshot, uses: Mapping[tuple[Subject, str], datetime], now: datetime) -> Iterator[Holding]:
    """The roles that members hold without a grant; an eRx level only where its rules could ever say yes."""
    given = {(grant.subject, grant.role) for grant in snapshot.grants if grant.in_force(now)}
    rows = rows_in_force(snapshot, now)
    for user, member in snapshot.memberships.items():
        for role in rows.roles.get(user, ()):
            if (user, role) not in given and (role == MEMBER or member.erx_enabled):
                used = uses.get((user, role))
                yield Holding(*_who(snapshot, user), role, False, "", None, None, "in_force", used)


def _who(snapshot: Snapshot, subject: Subject) -> tuple[Subject, str, str]:
    """Somebody with name and seat, as far as they have any."""
    person, member = snapshot.people.get(subject), snapshot.memberships.get(subject)
    return subject, person.name if person else "", member.seat if member else ""


def _unused(holding: Holding, since: datetime) -> bool:
    """Whether it was given before that, and has said yes to nothing after it."""
    given = holding.granted_at is not None and holding.granted_at <= since
    return given and (holding.last_used is None or holding.last_used <= since)
