"""A practice's policy as it was: put together again from what its record tells of each change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, takewhile

from authz.core import changes
from authz.core.changes import Operation
from authz.core.errors import Invalid
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import Emergency, Membership, Person, PracticeSettings
from authz.core.policy import Grant, Rule, Snapshot
from authz.core.ports import Store
from authz.core.record import Step


@dataclass(slots=True)
class _State:
    """What steps have made of a practice, or of the installation, so far."""

    revision: int = 0
    at: datetime | None = None
    above: int = 0
    settings: PracticeSettings | None = None
    shipped: tuple[Rule, ...] = ()
    roles: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    grants: dict[tuple[Subject, str], Grant] = field(default_factory=dict)
    people: dict[Subject, Person] = field(default_factory=dict)
    memberships: dict[Subject, Membership] = field(default_factory=dict)
    emergencies: dict[str, Emergency] = field(default_factory=dict)

    def take(self, step: Step) -> None:
        """Goes one step further."""
        self.revision, self.at, self.above = step.revision, step.at, step.above
        for operation in step.operations:
            self._carry_out(operation)

    def _carry_out(self, operation: Operation) -> None:
        match operation:
            case changes.PutSettings(settings):
                self.settings = settings
            case changes.PutPerson(person):
                self.people[person.subject] = person
            case changes.PutMembership(membership):
                self.memberships[membership.user] = membership
            case changes.PutGrant(grant):
                self.grants[grant.subject, grant.role] = grant
            case changes.RemoveGrant(subject, role):
                self.grants.pop((subject, role), None)
            case changes.PutRole(role):
                self.roles[role.id] = role.rules
            case changes.RemoveRole(id):
                self.roles.pop(id, None)
            case changes.PutEmergency(emergency):
                self.emergencies[emergency.id] = emergency
            case changes.ReplaceShippedRules(rules):
                self.shipped = rules


@dataclass(frozen=True, slots=True)
class Past:
    """A practice as it was at `at`; accounts have only what decisions depend on, no names and no addresses."""

    snapshot: Snapshot
    at: datetime


def at_moment(store: Store, practice: Practice, moment: datetime) -> Past:
    """The practice as it was at a moment; Invalid `at` for one before the record tells anything of it.

    Raises NotFound for no such practice, StoreUnavailable for a record that was made unreadable.
    """
    state = _taken(_until(_steps(store, practice), moment))
    above = _taken(_until(_steps(store, INSTALLATION), moment))
    return _put_together(practice, state, above, moment)


def at_revision(store: Store, practice: Practice, revision: int) -> Past:
    """The practice as it was at a revision: right after the change that made it; raises as `at_moment` does.

    Revisions that changes of the whole installation made have no event in the practice's own record, and are told by
    counting; where something else has none either, Invalid asks for a moment instead.
    """
    if not 1 <= revision <= store.revision(practice):
        raise Invalid.field("at", f"the revisions of `{practice}` are 1 to {store.revision(practice)}")
    state, following = _State(), None
    for step in _steps(store, practice):
        if step.revision > revision:
            following = step
            break
        state.take(step)
    upto = following.above if following else store.revision(INSTALLATION)
    silent = revision - state.revision - store.recorded_revisions(practice, state.revision, revision)
    last = following.revision - 1 if following else store.revision(practice)
    all_silent = last - state.revision - store.recorded_revisions(practice, state.revision, last)
    above, meanwhile = _State(), []
    for step in _steps(store, INSTALLATION):
        if step.revision <= state.above:
            above.take(step)
        elif step.revision <= upto and step.operations:  # keys are no matter to the practices
            meanwhile.append(step)
    if silent and len(meanwhile) != all_silent:
        raise Invalid.field("at", f"the record does not tell revision {revision} from its neighbours; name a moment")
    for step in meanwhile[:silent]:
        above.take(step)
    moments = [state.at, above.at] if silent else [state.at]
    past = _put_together(practice, state, above, max((moment for moment in moments if moment), default=None))
    return replace(past, snapshot=replace(past.snapshot, revision=revision))


def _steps(store: Store, practice: Practice) -> Iterator[Step]:
    """Every step, from the change that made revision 1 on.

    INVARIANT: what began before steps were kept is never told from the later ones alone, which would make of everybody
    who was there already somebody unknown.
    """
    revision, steps = store.revision(practice), iter(store.steps(practice))
    first = next(steps, None)
    if revision and (first is None or first.revision != 1):
        whose = "the installation" if practice == INSTALLATION else f"`{practice}`"
        raise Invalid.field("at", f"the record of {whose} began before changes were kept; it tells no earlier state")
    return chain([first] if first else [], steps)


def _until(steps: Iterable[Step], moment: datetime) -> Iterator[Step]:
    return takewhile(lambda step: step.at <= moment, steps)


def _taken(steps: Iterable[Step]) -> _State:
    state = _State()
    for step in steps:
        state.take(step)
    return state


def _put_together(practice: Practice, state: _State, above: _State, at: datetime | None) -> Past:
    settings = state.settings or (PracticeSettings(INSTALLATION, "") if practice == INSTALLATION else None)
    if settings is None or at is None:
        raise Invalid.field("at", f"the record of `{practice}` tells nothing of that time")
    higher = [] if practice == INSTALLATION else [*above.grants.values()]
    members = state.memberships.keys()
    outside = {grant.subject for grant in (*higher, *state.grants.values())} - members
    people = {**above.people, **state.people}
    snapshot = Snapshot(
        practice=practice,
        revision=state.revision,
        settings=settings,
        rules=(*above.shipped, *(rule for rules in state.roles.values() for rule in rules)),
        grants=(*higher, *state.grants.values()),
        people={who: people[who] for who in (*members, *outside) if who in people},
        memberships=dict(state.memberships),
        emergencies=tuple(state.emergencies.values()),
    )
    return Past(snapshot, at)


def unlike(past: Snapshot, present: Snapshot) -> list[str]:
    """In which parts two snapshots of a practice differ as far as decisions depend on it, the registry aside.

    What a record tells up to now has to be what is in force; where it is not, somebody wrote past this service, or
    the record began later than the practice.
    """
    then, now = _compared(past), _compared(present)
    return [name for name in then if then[name] != now[name]]


def _compared(snapshot: Snapshot) -> dict[str, object]:
    settled = {e for e in snapshot.emergencies if e.reviewed_at is not None}
    return {
        "settings": replace(snapshot.settings, name=""),
        "rules": {tuple(rule.row()) for rule in snapshot.rules},
        "grants": set(snapshot.grants),
        "people": {(p.subject, p.active, p.sessions_from) for p in snapshot.people.values()},
        "memberships": dict(snapshot.memberships),
        "emergencies": {replace(e, reason="") for e in snapshot.emergencies if e not in settled},
    }
