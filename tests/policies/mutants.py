"""Mutants of the shipped policy: each rule, condition and switch, taken away or widened, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from authz.checking import facts as facts_module
from authz.checking import reasons as reasons_module
from authz.core.policy import Rule
from authz.policies import VOCABULARY
from authz.policies.conditions import condition_named
from authz.policies.switches import SWITCHES, roles_of
from authz.policies.vocabulary import Condition
from tests.policies.cast import RolesOf
from tests.policies.grids import rules_about

MODULES: Final = (facts_module, reasons_module)


@dataclass(frozen=True)
class Mutant:
    """A changed policy about one resource type; `action`, if any, is where the change shows first."""

    name: str
    resource: str
    rules: tuple[Rule, ...]
    action: str = ""
    condition: Condition | None = None
    roles: RolesOf = roles_of


def of_rules(resource: str) -> Iterator[Mutant]:
    """Each rule deleted, turned into a denial, given to every member, and freed of each of its conditions."""
    rules = rules_about(resource)
    for index, rule in enumerate(rules):
        changed: dict[str, Rule | None] = {"deleted": None, "denies": replace(rule, effect="deny")}
        for name in rule.conditions:
            rest = tuple(other for other in rule.conditions if other != name)
            changed[f"without {name}"] = replace(rule, conditions=rest)
        if rule.role != "member":
            changed["for every member"] = replace(rule, role="member")
        for what, becomes in changed.items():
            mutated = (*rules[:index], *((becomes,) if becomes else ()), *rules[index + 1 :])
            yield Mutant(f"{','.join(rule.row())}: {what}", resource, mutated, rule.action)


def of_conditions(resource: str) -> Iterator[Mutant]:
    """Each condition that the type's rules name, made to hold always, never, or without the view it demands."""
    rules = rules_about(resource)
    for name in sorted({name for rule in rules for name in rule.conditions}):
        condition = condition_named(name)
        assert condition is not None
        for what, becomes in _variants(condition):
            yield Mutant(f"condition {name} on {resource}: {what}", resource, rules, condition=becomes)


def _variants(condition: Condition) -> Iterator[tuple[str, Condition]]:
    used_as_filter = condition.name == "names"
    if condition.name != "viewable" and not used_as_filter:
        yield "always holds", replace(condition, holds=lambda _: True)
    if not used_as_filter:
        yield "never holds", replace(condition, holds=lambda _: False)
    if condition.with_view:
        yield "needs no view", replace(condition, with_view=False)


def of_switches() -> Iterator[tuple[str, RolesOf]]:
    """Each switch that grants nothing, that grants the next one's role beside its own, and swapped choices."""
    flags = [switch for switch in SWITCHES if switch.role]
    for switch, other in zip(flags, [*flags[1:], flags[0]], strict=True):
        yield f"{switch.field} grants nothing", _without(switch.role)
        yield f"{switch.field} grants {other.role} too", _and_too(switch.role, other.role)
    yield "chart_notes own shows all", _and_too("chart-notes-own", "chart-notes-all")
    yield "chart_notes all shows own", _instead("chart-notes-all", "chart-notes-own")
    yield "analytics all shows nothing", _without("analytics-all")
    for level in ("read-only", "demographics", "history", "prepare", "prepare-admin", "full"):
        yield f"erx_level {level} is left blank", _without(f"erx-level.{level}")


def _without(role: str) -> RolesOf:
    return lambda sheet: roles_of(sheet) - {role}


def _and_too(role: str, other: str) -> RolesOf:
    return lambda sheet: _added(roles_of(sheet), role, other)


def _instead(role: str, other: str) -> RolesOf:
    return lambda sheet: _added(roles_of(sheet), role, other) - {role}


def _added(held: frozenset[str], role: str, other: str) -> frozenset[str]:
    return held | {other} if role in held else held


def replaced(condition: Condition | None) -> Callable[[str], Condition | None]:
    """The lookup of conditions with one of them replaced."""
    return lambda name: condition if condition is not None and name == condition.name else condition_named(name)


TYPES: Final = sorted(VOCABULARY.types)
