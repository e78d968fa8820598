"""Mutants of what the words mean: each condition, and each thing that the vocabulary says of a type and its actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from authz.checking import facts as facts_module
from authz.checking import reasons as reasons_module
from authz.checking import rulebooks as rulebooks_module
from authz.policies import VOCABULARY
from authz.policies.conditions import condition_named
from authz.policies.vocabulary import Condition, ResourceType, Situation
from authz.policies.whole import Vocabulary
from tests.policies.asking import rules_about
from tests.policies.mutants import Mutant, with_action, with_type


def of_conditions(resource: str) -> Iterator[Mutant]:
    """Each condition that the type's rules name, made to hold otherwise than it does."""
    type = VOCABULARY.types[resource]
    for name in sorted({name for rule in rules_about(resource) for name in rule.conditions}):
        condition = condition_named(name)
        assert condition is not None
        for what, becomes in _variants(condition, type):
            lookup = _with(becomes)
            replaced = tuple((module, "condition_named", lookup) for module in (facts_module, reasons_module))
            yield Mutant(f"condition {name} on {resource}: {what}", resource, replaces=replaced)


def _variants(condition: Condition, type: ResourceType) -> Iterator[tuple[str, Condition]]:
    """Always, never, the opposite for one value of an attribute it needs, and what it says of views and lists."""
    only_narrows = condition.name == "names"
    if condition.name != "viewable" and not only_narrows:
        yield "always holds", replace(condition, holds=lambda _: True)
    if not only_narrows:
        yield "never holds", replace(condition, holds=lambda _: False)
    for name in condition.needs:
        for value in ("", *type.attributes[name].choices):
            yield f"wrong when {name} is `{value}`", replace(condition, holds=_wrong_when(condition, name, value))
    if condition.with_view:
        yield "needs no view", replace(condition, with_view=False)
    narrows = any(action.narrows for action in type.actions.values())
    if condition.narrowing is not None and narrows and _in_a_list(condition, type):
        yield "narrows no list", replace(condition, narrowing=lambda _: False)
        yield "counts as known before a list is narrowed", replace(condition, narrowing=None)


def _in_a_list(condition: Condition, type: ResourceType) -> bool:
    rules = rules_about(type.name)
    return any(condition.name in rule.conditions for rule in rules if type.actions[rule.action].narrows)


def _wrong_when(condition: Condition, attribute: str, value: str) -> Callable[[Situation], bool]:
    return lambda s: condition.holds(s) is not (s.attribute(attribute) == value)


def _with(changed: Condition) -> Callable[[str], Condition | None]:
    return lambda name: changed if name == changed.name else condition_named(name)


def of_types(resource: str) -> Iterator[Mutant]:
    """The type without each attribute that says whose it is, each obligation, and whatever else is said of it."""
    for what, vocabulary in _types(VOCABULARY.types[resource]):
        yield Mutant(f"{resource}: {what}", resource, replaces=((rulebooks_module, "VOCABULARY", vocabulary),))


def _types(type: ResourceType) -> Iterator[tuple[str, Vocabulary]]:
    for name in type.owned_by:
        rest = tuple(other for other in type.owned_by if other != name)
        yield f"{name} does not say whose it is", with_type(replace(type, owned_by=rest))
    if type.concerns:
        yield "it is about nobody", with_type(replace(type, concerns=""))
    if type.catalogue:
        yield "one thing less exists", with_type(replace(type, catalogue=type.catalogue[:-1]))
    if type.hidden:
        yield "refusals tell that it exists", with_type(replace(type, hidden=False))
    for action in type.actions.values():
        for name in action.obliges:
            rest = tuple(other for other in action.obliges if other != name)
            yield f"{action.name} does not oblige to {name}", with_action(type, replace(action, obliges=rest))
        if action.narrows:
            yield f"{action.name} is not narrowed", with_action(type, replace(action, narrows=False))
