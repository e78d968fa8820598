"""Mutants of the shipped rules and of what guards them: each taken away or widened, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType

from authz.core.policy import Rule, Snapshot
from authz.policies import VOCABULARY
from authz.policies.switches import roles_of
from authz.policies.vocabulary import Action, ResourceType
from authz.policies.whole import Vocabulary
from authz.reviewing.mutants import mutants
from authz.reviewing.mutating import unchanged
from authz.reviewing.staging import RolesOf
from tests.policies.asking import rules_about


@dataclass(frozen=True)
class Mutant:
    """A changed policy; `resource` and `action`, if any, are where the change shows.

    `replaces` names what is put in the place of something in a module while the mutant is asked.
    """

    name: str
    resource: str = ""
    action: str = ""
    rules: tuple[Rule, ...] | None = None
    roles: RolesOf = roles_of
    people: Callable[[Snapshot], Snapshot] = unchanged
    replaces: tuple[tuple[ModuleType, str, object], ...] = ()


def of_rules(resource: str) -> Iterator[Mutant]:
    """Each rule deleted, turned into a denial, given to every member, and freed of each condition and of all."""
    for mutant in mutants(rules_about(resource)):
        yield Mutant(mutant.name, resource, mutant.rule.action, mutant.rules)


def unguarded(resource: str) -> Iterator[tuple[str, Vocabulary]]:
    """The vocabulary without each guard of each action, and with each forbidden action left to rules."""
    type = VOCABULARY.types[resource]
    for action in type.actions.values():
        for guard in action.guards:
            rest = tuple(other for other in action.guards if other != guard)
            yield f"{action.name} without the guard {guard}", with_action(type, replace(action, guards=rest))
        if action.never:
            yield f"{action.name} allowed by some rule", with_action(type, replace(action, never=False))


def with_action(type: ResourceType, action: Action) -> Vocabulary:
    """The vocabulary with this action in the place of the one of its name."""
    return with_type(replace(type, actions={**type.actions, action.name: action}))


def with_type(type: ResourceType) -> Vocabulary:
    """The vocabulary with this type in the place of the one of its name."""
    types = {**VOCABULARY.types, type.name: type}
    return Vocabulary(types.values(), VOCABULARY.conditions, VOCABULARY.reports)
