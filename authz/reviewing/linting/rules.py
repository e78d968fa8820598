"""Rows that say nothing: shadowed by another, taken away, impossible, or denials that nothing meets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from authz.core.names import INSTALLATION
from authz.core.policy import Rule
from authz.policies.conditions import condition_named
from authz.policies.in_force import MEMBER
from authz.policies.relations import ADMIN
from authz.policies.switches import CHART_NOTES, LEVEL_PREFIX, OF_SERVICES
from authz.reviewing.linting.files import Placed
from authz.reviewing.linting.findings import Finding
from authz.reviewing.linting.worlds import can_hold_together

MOST_COMPARED: Final = 500
_OF_PEOPLE: Final = frozenset({MEMBER, ADMIN})


def of_rules(placed: Iterable[Placed]) -> Iterator[Finding]:
    """Everything about these rules that can be seen from them together, in no order."""
    about: defaultdict[tuple[str, str], list[Placed]] = defaultdict(list)
    for one in placed:
        about[one.rule.resource, one.rule.action].append(one)
    for rows in about.values():
        possible: list[Placed] = []
        for one in rows:
            if can_hold_together(one.rule.resource, one.rule.conditions, {one.rule.role}):
                possible.append(one)
            else:
                yield _impossible(one)
        yield from _within_roles(possible)
        yield from _idle_denials(possible)


def unexercised(placed: Iterable[Placed], exercised: Collection[Rule]) -> Iterator[Finding]:
    """Each rule whose row is none of those that some grid depends on."""
    rows = {tuple(rule.row()) for rule in exercised}
    for one in placed:
        if tuple(one.rule.row()) not in rows:
            yield one.finding("unexercised", f"no grid would notice if {stated(one.rule)} were missing")


def stated(rule: Rule) -> str:
    """The rule in words: what it lets a role do, or forbids it, and where."""
    verb = "may" if rule.effect == "allow" else "may never"
    where = " and ".join(_words(name) for name in rule.conditions)
    return f"`{rule.role}` {verb} `{rule.action}` `{rule.resource}`{f' where {where}' if where else ''}"


def taken_away(rule: Rule, others: Iterable[Rule]) -> Rule | None:
    """The denial of the same role among these that leaves nothing of what this row allows."""
    return next(
        (other for other in others if rule.effect == "allow" and other.effect == "deny" and _covers(other, rule)), None
    )


def _impossible(one: Placed) -> Finding:
    words = " and ".join(f"`{name}`" for name in one.rule.conditions)
    told = f"{words} cannot hold together" if len(one.rule.conditions) > 1 else f"{words} cannot hold"
    return one.finding("impossible", f"{told} for whoever holds `{one.rule.role}`, so that the row never counts")


def _within_roles(rows: Sequence[Placed]) -> Iterator[Finding]:
    roles: defaultdict[str, list[Placed]] = defaultdict(list)
    for one in rows:
        roles[one.rule.role].append(one)
    for same in roles.values():
        if len(same) > MOST_COMPARED:
            yield _too_many(same)
            continue
        for one in same:
            yield from _beside(one, same)


def _beside(one: Placed, same: Sequence[Placed]) -> Iterator[Finding]:
    """What the other rows of a role about the same action make of one of them."""
    denial = next((other for other in same if taken_away(one.rule, [other.rule])), None)
    alike = (other for other in same if other is not one and other.rule.effect == one.rule.effect)
    wider = next((other for other in alike if _covers(other.rule, one.rule)), None)
    if denial is not None:
        yield one.finding("taken-away", f"{stated(one.rule)}, but {denial.seen_from(one)} denies all of it")
    elif wider is not None:
        does = "allows" if one.rule.effect == "allow" else "denies"
        told = f"{wider.seen_from(one)} {does} all of this row already: {stated(wider.rule)}"
        yield one.finding("shadowed", told)


def _covers(wider: Rule, rule: Rule) -> bool:
    """Whether of two rows about one action the one counts wherever the other does."""
    return (
        (wider.role, wider.resource, wider.action) == (rule.role, rule.resource, rule.action)
        and wider.practice in (rule.practice, INSTALLATION)
        and set(wider.conditions) <= set(rule.conditions)
    )


def _idle_denials(rows: Sequence[Placed]) -> Iterator[Finding]:
    denials = [one for one in rows if one.rule.effect == "deny"]
    allowing = [one for one in rows if one.rule.effect == "allow"]
    if len(denials) * len(allowing) > MOST_COMPARED**2:
        yield _too_many(denials)
        return
    for denial in denials:
        if not any(_meet(denial.rule, one.rule) for one in allowing):
            what = f"`{denial.rule.action}` on `{denial.rule.resource}`"
            told = f"this denial never counts: no row allows {what} to anybody it could be denied to"
            yield denial.finding("idle-denial", told if allowing else f"this denial never counts: no row allows {what}")


def _meet(denial: Rule, allowing: Rule) -> bool:
    """Whether somebody can hold both roles, and some question fulfils the conditions of both rows."""
    if INSTALLATION not in (denial.practice, allowing.practice) and denial.practice != allowing.practice:
        return False
    roles = {denial.role, allowing.role}
    return not _exclude(roles) and can_hold_together(denial.resource, {*denial.conditions, *allowing.conditions}, roles)


def _exclude(roles: set[str]) -> bool:
    """Whether of these two roles nobody can hold both; as for a practice's own analytics roles that is not known."""
    if len(roles) == 1:
        return False
    levels = all(role.startswith(LEVEL_PREFIX) for role in roles)
    return levels or roles <= CHART_NOTES or bool(roles & OF_SERVICES and roles & _OF_PEOPLE)


def _too_many(rows: Sequence[Placed]) -> Finding:
    rule = rows[0].rule
    told = f"{len(rows)} rows from here on are about `{rule.action}` on `{rule.resource}`; they were not compared"
    return rows[0].finding("too-many-rows", told)


def _words(name: str) -> str:
    condition = condition_named(name)
    return name if condition is None else condition.words
