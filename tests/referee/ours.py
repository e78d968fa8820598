"""The service's own answer to a question of Casbin's: through the plans that decisions are found under."""

from __future__ import annotations

from authz.checking.policy_held import PolicyHeld
from authz.core.names import Subject
from authz.policies.conditions import condition_named


def ours(held: PolicyHeld, subject: Subject, resource: str, action: str, facts: frozenset[str]) -> bool:
    """Whether the answer is yes when these conditions hold and no others."""
    asker = held.askers.get(subject)
    if asker is None or asker.refusal is not None:
        return False
    plan = held.plans.plan(resource, action, asker.roles)
    names = dict.fromkeys(name for rule in plan.rules for name in rule.conditions)
    return plan.outcome(tuple(name in facts for name in names if condition_named(name) is not None)).allowed
