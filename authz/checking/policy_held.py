"""One practice's policy held ready: who may ask, which rules count, and what conditions look at."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from authz.checking.memory import Memory
from authz.checking.plans import Outcome
from authz.checking.rulebooks import Plans
from authz.core.decision import Reason
from authz.core.names import Subject
from authz.core.people import Emergency, Membership, PracticeSettings
from authz.core.policy import PeopleChanged, RowsInForce, Rule, Snapshot
from authz.policies import VOCABULARY
from authz.policies.in_force import active, rows_in_force
from authz.policies.vocabulary import Scene

_SUBJECTS_ARE_ASKED_ABOUT: Final = any(type.of_subject for type in VOCABULARY.types.values())
_NO_ROLES: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody known in a practice: membership, roles in force, why every answer is no, since when sessions count.

    `by_default` tells that the eRx level is held only because none was chosen.
    """

    member: Membership | None
    roles: frozenset[str]
    refusal: Reason | None = None
    sessions_from: datetime | None = None
    by_default: bool = False


class PolicyHeld:
    """Never changes once made; a later revision or moment gets one of its own.

    Keeps of a snapshot only what answers depend on, and that in common with other practices where it is the same.
    But for `used`: in it comes together who was given which yes since it was last emptied.
    """

    __slots__ = (
        "_book",
        "_whole",
        "askers",
        "plans",
        "practice",
        "registry",
        "revision",
        "scene",
        "since",
        "until",
        "used",
    )

    def __init__(self, snapshot: Snapshot, memory: Memory, now: datetime) -> None:
        rows = rows_in_force(snapshot, now)
        self.practice: Final = snapshot.practice
        self.revision = snapshot.revision
        self.scene = _scene(snapshot.settings, snapshot.memberships, snapshot.emergencies)
        members = self.scene.memberships
        # Members, past ones included, and whoever holds or held a role here.
        known = dict.fromkeys([*members, *(grant.subject for grant in snapshot.grants)])
        self.askers: Mapping[Subject, Asker] = {who: _asker(snapshot, rows, who, members.get(who)) for who in known}
        self._book = memory.rulebook(snapshot.practice, rows.rules)
        self.plans: Plans = self._book
        self.since, self.until = rows.since, rows.until
        self.registry = snapshot.registry
        self._whole = not snapshot.bad_rows
        self.used: Final[set[tuple[Subject, Outcome]]] = set()

    @property
    def completes(self) -> bool:
        """Whether something may have to be added to a question, or left out of it, before it is decided."""
        return bool(self.registry.types or self.scene.settings.supplied) or _SUBJECTS_ARE_ASKED_ABOUT

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in force, of any role."""
        return self._book.all_rules()

    def rows(self) -> RowsInForce:
        """All that Casbin would be given to answer for the whole practice; made anew."""
        roles = {subject: asker.roles for subject, asker in self.askers.items() if asker.roles}
        by_default = frozenset(subject for subject, asker in self.askers.items() if asker.by_default)
        return RowsInForce(self.practice, self.revision, self.rules, roles, by_default, self.since, self.until)

    def answered_by(self, plans: Plans) -> PolicyHeld:
        """The same policy, answered through other plans."""
        other = copy(self)
        other.plans = plans
        return other

    def with_people(self, changed: PeopleChanged, now: datetime) -> PolicyHeld | None:
        """The policy after these changes, all else as it is here; None if it has to be made from a whole snapshot.

        That is so where rows were set aside, and where this is not the policy of `now` any more.
        """
        if not self._whole or not self.good_for(self.revision, now):
            return None
        part = Snapshot(
            changed.practice,
            changed.revision,
            self.scene.settings,
            (),
            changed.grants,
            changed.people,
            changed.memberships,
        )
        rows = rows_in_force(part, now)
        others = {user: member for user, member in self.scene.memberships.items() if user not in changed.subjects}
        askers = {who: asker for who, asker in self.askers.items() if who not in changed.subjects}
        for who in dict.fromkeys([*changed.memberships, *(grant.subject for grant in part.grants)]):
            askers[who] = _asker(part, rows, who, changed.memberships.get(who))
        later = copy(self)
        later.revision, later.askers, later.registry = changed.revision, askers, changed.registry
        later.scene = _scene(part.settings, {**others, **changed.memberships}, self.scene.emergencies)
        later.since = max((end for end in (self.since, rows.since) if end), default=None)
        later.until = min((end for end in (self.until, rows.until) if end), default=None)
        return later

    def good_for(self, revision: int, now: datetime) -> bool:
        """Whether this is still the policy at `revision` and `now`, whichever way the clock went."""
        return (
            self.revision == revision
            and (self.since is None or self.since <= now)
            and (self.until is None or now < self.until)
        )


def _asker(snapshot: Snapshot, rows: RowsInForce, subject: Subject, member: Membership | None) -> Asker:
    refusal = Reason.POLICY_DAMAGED if snapshot.damaged else None if active(snapshot, subject) else Reason.INACTIVE
    ends = [who.sessions_from for who in (snapshot.people.get(subject), member) if who is not None]
    return Asker(
        member,
        _one_set(rows.roles.get(subject, _NO_ROLES)),
        refusal,
        max((end for end in ends if end is not None), default=None),
        subject in rows.by_default,
    )


@lru_cache(maxsize=10_000)
def _one_set(roles: frozenset[str]) -> frozenset[str]:
    """One object for equal sets of roles, so that plans are found quickly and memory holds it once."""
    return roles


def _scene(
    settings: PracticeSettings, memberships: Mapping[Subject, Membership], emergencies: tuple[Emergency, ...]
) -> Scene:
    cosigners = frozenset(member.cosigner for member in memberships.values() if member.cosigner is not None)
    return Scene(settings, memberships, cosigners, emergencies)
