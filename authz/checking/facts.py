"""The conditions of one request, worked out: the facts that the engine decides on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from authz.core.policy import Rule
from authz.core.ports import PreparedPolicy
from authz.policies.conditions import condition_named
from authz.policies.vocabulary import Condition, Situation

VIEW = "read"
EMERGENCY = "emergency"


def conditions_in(rules: Iterable[Rule]) -> list[Condition]:
    """Each condition that some rule names, once."""
    names = dict.fromkeys(name for rule in rules for name in rule.conditions)
    return [condition for condition in map(condition_named, names) if condition is not None]


def facts_of(situation: Situation, rules: Sequence[Rule], viewing: Sequence[Rule], policy: PreparedPolicy) -> set[str]:
    """The names of the conditions in `rules` that hold.

    `viewing` are the rules for reading a resource of this type. A condition that demands viewing holds only if
    the policy lets the asker read the resource otherwise than through an emergency, which gives reading alone.
    """
    held = {c.name for c in conditions_in(rules) if c.holds(situation)}
    with_view = {c.name for c in conditions_in(rules) if c.with_view}
    if held & with_view and not _may_view(situation, viewing, policy):
        held -= with_view
    return held


def _may_view(situation: Situation, viewing: Sequence[Rule], policy: PreparedPolicy) -> bool:
    facts = {c.name for c in conditions_in(viewing) if not c.with_view and c.holds(situation)} - {EMERGENCY}
    return policy.allows(situation.request.subject, situation.type.name, VIEW, frozenset(facts))
