"""One practice's policy held ready: who may ask, which rules count, and what conditions look at."""

from __future__ import annotations

import sys
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from authz.checking.memory import Memory
from authz.checking.rulebooks import Plans
from authz.core.decision import Reason
from authz.core.names import Subject
from authz.core.people import Membership
from authz.core.policy import RowsInForce, Rule, Snapshot
from authz.policies.in_force import active, rows_in_force
from authz.policies.vocabulary import Scene

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
    """

    __slots__ = ("_book", "_since", "_until", "askers", "plans", "practice", "revision", "scene")

    def __init__(self, snapshot: Snapshot, memory: Memory, now: datetime) -> None:
        rows = rows_in_force(snapshot, now)
        self.practice: Final = snapshot.practice
        self.revision: Final = snapshot.revision
        self.scene: Final = _scene(snapshot)
        members = self.scene.memberships
        # Members, past ones included, and whoever holds or held a role here.
        known = dict.fromkeys([*members, *(grant.subject for grant in snapshot.grants)])
        self.askers: Final = {who: _asker(snapshot, rows, who, members.get(who)) for who in known}
        self._book = memory.rulebook(snapshot.practice, rows.rules)
        self.plans: Plans = self._book
        self._since, self._until = rows.since, rows.until

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in force, of any role."""
        return self._book.all_rules()

    def rows(self) -> RowsInForce:
        """All that Casbin would be given to answer for the whole practice; made anew."""
        roles = {subject: asker.roles for subject, asker in self.askers.items() if asker.roles}
        by_default = frozenset(subject for subject, asker in self.askers.items() if asker.by_default)
        return RowsInForce(self.practice, self.revision, self.rules, roles, by_default, self._since, self._until)

    def answered_by(self, plans: Plans) -> PolicyHeld:
        """The same policy, answered through other plans."""
        other = copy(self)
        other.plans = plans
        return other

    def good_for(self, revision: int, now: datetime) -> bool:
        """Whether this is still the policy at `revision` and `now`, whichever way the clock went."""
        return (
            self.revision == revision
            and (self._since is None or self._since <= now)
            and (self._until is None or now < self._until)
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


def _scene(snapshot: Snapshot) -> Scene:
    """What conditions look at; people are known by one object each, and seats by one for all practices."""
    same = {subject: subject for subject in snapshot.memberships}
    memberships = {
        user: replace(
            member,
            user=user,
            practice=snapshot.practice,
            seat=sys.intern(member.seat),
            supervisor=same.get(member.supervisor, member.supervisor) if member.supervisor else None,
            cosigner=same.get(member.cosigner, member.cosigner) if member.cosigner else None,
        )
        for user, member in snapshot.memberships.items()
    }
    cosigners = frozenset(member.cosigner for member in memberships.values() if member.cosigner is not None)
    return Scene(snapshot.settings, memberships, cosigners, snapshot.emergencies)
