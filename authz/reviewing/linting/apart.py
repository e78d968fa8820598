"""Who holds two duties that are to be kept apart: a single role, or a person through whichever roles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from authz.checking.entitlements import Entitlement, entitlements
from authz.checking.policy_held import Asker, PolicyHeld
from authz.core.names import Subject
from authz.core.policy import ALWAYS, Rule
from authz.reviewing.linting.duties import Duty, Pair
from authz.reviewing.linting.files import Placed
from authz.reviewing.linting.findings import Finding
from authz.reviewing.linting.rules import taken_away
from authz.reviewing.linting.worlds import can_hold_together


def of_roles(placed: Iterable[Placed], pairs: Sequence[Pair]) -> Iterator[Finding]:
    """A finding for each role whose rows give both duties of a pair, at the row that gives the second."""
    roles: defaultdict[str, list[Placed]] = defaultdict(list)
    for one in placed:
        roles[one.rule.role].append(one)
    for role, rows in roles.items():
        denials = [one.rule for one in rows if one.rule.effect == "deny"]
        giving = [one for one in rows if one.rule.effect == "allow" and not taken_away(one.rule, denials)]
        for pair in pairs:
            sides = [next((one for one in giving if _gives(one.rule, duty)), None) for duty in (pair.one, pair.other)]
            found = [one for one in sides if one is not None]
            if len(found) == 2:
                last = max(found, key=lambda one: one.line)
                told = f"`{role}` may both {pair.one} and {pair.other}; `{pair.name}` keeps these apart"
                yield last.finding("duties-one-role", told)


def of_people(
    held: PolicyHeld, among: Collection[Subject], pairs: Sequence[Pair], now: datetime, source: str
) -> Iterator[Finding]:
    """A finding for each of these people and services, and each pair of which the engine lets them do both."""
    known: dict[tuple[object, ...], list[Pair]] = {}
    for who in sorted(among):
        asker = held.askers.get(who)
        if asker is None or asker.refusal is not None:
            continue
        standing = _standing(who, asker, held)
        if standing not in known:
            known[standing] = _both(who, asker, held, pairs, now)
        for pair in known[standing]:
            told = f"`{who}` may both {pair.one} and {pair.other}; `{pair.name}` keeps these apart"
            through = ", ".join(f"`{role}`" for role in _roles(asker, held, pair))
            yield Finding("duties-one-person", source, 0, f"{told}; held through {through}", where=str(who))


def _both(who: Subject, asker: Asker, held: PolicyHeld, pairs: Sequence[Pair], now: datetime) -> list[Pair]:
    """The pairs of which this asker may do both; most are settled by rows alone, the rest by the engine."""
    rules = [rule for rule in held.rules if rule.role in asker.roles and rule.effect == "allow"]
    likely = [
        pair for pair in pairs if all(any(_gives(rule, duty) for rule in rules) for duty in (pair.one, pair.other))
    ]
    if not likely:
        return []
    found = entitlements(who, held, now)
    return [pair for pair in likely if all(_entitled(found, duty, asker) for duty in (pair.one, pair.other))]


def _standing(who: Subject, asker: Asker, held: PolicyHeld) -> tuple[object, ...]:
    """All that what somebody may do depends on, beside the rules."""
    member = asker.member
    seat = (member.seat, member.seat_confirmed, member.erx_enabled) if member else None
    return asker.roles, seat, held.scene.settings.owner == who


def _entitled(found: Iterable[Entitlement], duty: Duty, asker: Asker) -> bool:
    return any(
        (one.resource, one.action) == (duty.resource, duty.action)
        and _reaches(one.resource, () if one.condition == ALWAYS else one.condition.split("+"), duty, asker.roles)
        for one in found
    )


def _gives(rule: Rule, duty: Duty) -> bool:
    same = (rule.resource, rule.action) == (duty.resource, duty.action)
    return same and _reaches(rule.resource, rule.conditions, duty, (rule.role,))


def _reaches(resource: str, conditions: Sequence[str], duty: Duty, roles: Collection[str]) -> bool:
    """Whether what is allowed under these conditions has some of the duty in it."""
    meant = (duty.condition,) if duty.condition else ()
    return can_hold_together(resource, (*conditions, *meant), roles)


def _roles(asker: Asker, held: PolicyHeld, pair: Pair) -> list[str]:
    sides: Mapping[Duty, set[str]] = {duty: set() for duty in (pair.one, pair.other)}
    for rule in held.rules:
        for duty, roles in sides.items():
            if rule.role in asker.roles and rule.effect == "allow" and _gives(rule, duty):
                roles.add(rule.role)
    return sorted(set().union(*sides.values()))
