"""Who of a practice may do what in one state of it and not in another, found by putting every question to both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from authz.checking.effects import effects
from authz.checking.facts import EMERGENCY, VIEW, conditions_in
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Request, Resource
from authz.core.names import Subject
from authz.core.policy import Rule
from authz.policies import VOCABULARY
from authz.policies.conditions import condition_named
from authz.policies.vocabulary import Situation
from authz.reviewing.differences import GAINED, LOST, Difference, Progress
from authz.reviewing.spaces import Facts, conditions_of, space

_OF_THE_ASKER: Final = frozenset({"practitioner", "staff", "practice_owner", "enabled", "provider", "confirmed_seat"})
_Pair = tuple[str, str]
_Cases = dict[tuple[_Pair, str], tuple[Facts, ...]]


@dataclass(frozen=True, slots=True)
class OnSome:
    """What somebody gains or loses on the records of one author or patient alone, by standing otherwise to them."""

    holder: str
    resource: str
    action: str
    kind: str
    condition: str
    of: str


def of_people(
    before: PolicyHeld, after: PolicyHeld, now: datetime, progress: Progress = lambda _done, _of: None
) -> tuple[list[Difference], list[OnSome]]:
    """Everybody's differences between two states, in order of their names; people who stand alike are asked once.

    Conditions that depend on who asks are worked out, all others are gone through. The second list tells what differs
    on one author's or one patient's records only.
    """
    known: dict[tuple[object, ...], _Cases] = {}
    found: list[Difference] = []
    everybody = sorted({*before.askers, *after.askers})
    for done, who in enumerate(everybody):
        progress(done, len(everybody))
        standing = _standing(who, before), _standing(who, after)
        if standing[0] == standing[1] and before.rules == after.rules:
            continue
        cases = known.get(standing)
        if cases is None:
            cases = known[standing] = _differing(who, before, after, now)
        for ((resource, action), kind), sets in sorted(cases.items()):
            found.append(Difference(str(who), after.practice, resource, action, kind, sets))
    progress(len(everybody), len(everybody))
    return found, [*_on_some(before, after, now)]


def _standing(who: Subject, held: PolicyHeld) -> tuple[object, ...]:
    """All that what somebody may do depends on, beside the rules and whose records are asked about."""
    asker = held.askers.get(who)
    if asker is None:
        return (None,)
    member = asker.member
    seat = (member.seat, member.seat_confirmed, member.erx_enabled) if member else None
    return asker.roles, asker.refusal, seat, held.scene.settings.owner == who


def _differing(who: Subject, before: PolicyHeld, after: PolicyHeld, now: datetime) -> _Cases:
    found: _Cases = {}
    for pair in sorted({*_pairs(who, before), *_pairs(who, after)}):
        then, becomes = _Asked(who, before, pair, now), _Asked(who, after, pair, now)
        more: list[Facts] = []
        less: list[Facts] = []
        for facts in space(then.free | becomes.free):
            was, is_now = then.allowed(facts), becomes.allowed(facts)
            if was != is_now:
                (more if is_now else less).append(facts)
        found |= {(pair, kind): tuple(cases) for kind, cases in ((GAINED, more), (LOST, less)) if cases}
    return found


def _pairs(who: Subject, held: PolicyHeld) -> set[_Pair]:
    return {(rule.resource, rule.action) for rule in _rules(who, held)}


def _rules(who: Subject, held: PolicyHeld) -> Sequence[Rule]:
    asker = held.askers.get(who)
    return [rule for rule in held.rules if asker and asker.refusal is None and rule.role in asker.roles]


class _Asked:
    """One person's question in one state; `free` are the conditions that depend on what is asked about."""

    def __init__(self, who: Subject, held: PolicyHeld, pair: _Pair, now: datetime) -> None:
        resource, action = pair
        asker, self._action = held.askers.get(who), VOCABULARY.types[resource].actions[action]
        self._refused = asker is None or asker.refusal is not None
        roles, member = (asker.roles, asker.member) if asker else (frozenset[str](), None)
        mine = _rules(who, held)
        about = [rule for rule in mine if (rule.resource, rule.action) == pair]
        reading = [rule for rule in mine if (rule.resource, rule.action) == (resource, VIEW)]
        self._plan = held.plans.plan(resource, action, roles)
        self._seeing = {c.name for c in conditions_in(about) if c.with_view} if not self._action.narrows else set()
        self._view = held.plans.plan(resource, VIEW, roles) if self._seeing else None
        named = conditions_of([*about, *(reading if self._seeing else ())])
        request = Request(held.practice, who, action, Resource(resource))
        situation = Situation(request, VOCABULARY.types[resource], held.scene, member, roles, now)
        known = {name: c for name in named & _OF_THE_ASKER if (c := condition_named(name)) is not None}
        self._known = frozenset(name for name, condition in known.items() if condition.holds(situation))
        self.free: frozenset[str] = frozenset(named - _OF_THE_ASKER - {"viewable"})

    def allowed(self, free: Facts) -> bool:
        """Whether the answer is yes where of the free conditions exactly these hold."""
        if self._refused:
            return False
        facts = (free & self.free) | self._known
        if self._view is not None:
            ordinary = facts - {EMERGENCY} - self._seeing
            facts = facts | {"viewable"} if self._view.allows(ordinary) else facts - self._seeing
        return self._plan.allows(facts)


def _on_some(before: PolicyHeld, after: PolicyHeld, now: datetime) -> Iterator[OnSome]:
    for effect in effects(before, after, now):
        for kind, told in ((GAINED, effect.gained), (LOST, effect.lost)):
            for one in told:
                if one.of:
                    yield OnSome(str(effect.subject), one.resource, one.action, kind, one.condition, one.of)
