"""One request decided against one practice's policy as of one moment."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from authz.checking.facts import Facts, Unanswered
from authz.checking.obligations import always_owed, for_emergency
from authz.checking.plans import Outcome, Plan
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Decision, Reason, Request
from authz.core.names import Subject
from authz.policies import VOCABULARY
from authz.policies.vocabulary import Situation

_NO_FACTS: Final = ()


def decide(request: Request, held: PolicyHeld, now: datetime) -> Decision:
    """The answer to a request that the vocabulary knows; every way not to find a yes is a no with its reason."""
    asker = held.askers.get(request.subject)
    if asker is None:
        return Decision(False, Reason.UNKNOWN_SUBJECT, held.revision)
    if asker.refusal is not None:
        return Decision(False, asker.refusal, held.revision)
    began = request.context.authenticated_at
    if began is not None and asker.sessions_from is not None and began < asker.sessions_from:
        return Decision(False, Reason.SESSION_ENDED, held.revision)
    plan = held.plans.plan(request.resource.type, request.action, asker.roles)
    situation = None
    try:
        if plan.tests:
            situation = Situation(request, plan.type, held.scene, asker.member, asker.roles, now)
            facts = plan.facts(situation)
        else:
            facts = _NO_FACTS
        outcome = plan.outcomes.get(facts) or plan.outcome(facts)
    except Unanswered:
        return Decision(False, Reason.POLICY_DAMAGED, held.revision)
    if asker.by_default and outcome.by_default is not None:
        outcome = outcome.by_default
    if outcome.allowed:
        held.used.add((request.subject, outcome))
    if not outcome.late:
        return outcome.at(held.revision)
    situation = situation or Situation(request, plan.type, held.scene, asker.member, asker.roles, now)
    return _worked_out(outcome, plan, situation, held.revision)


def never(held: PolicyHeld, subject: Subject, resource: str, action: str | None = None) -> bool:
    """Whether the subject may do this to nothing of this type, whatever a question says: `decide` would say no to all.

    So it is with somebody unknown or let go and, where an action is named, with roles of which no rule allows it.
    """
    asker = held.askers.get(subject)
    if asker is None or asker.refusal is not None:
        return True
    type = VOCABULARY.types.get(resource)
    if action is None or type is None:
        return type is None
    if action not in type.actions:
        return True
    return not any(rule.effect == "allow" for rule in held.plans.plan(resource, action, asker.roles).rules)


def plan_and_facts(request: Request, held: PolicyHeld, now: datetime) -> tuple[Plan, Facts] | None:
    """What the answer to a request was found under; None if it was refused before that. Raises Unanswered."""
    asker = held.askers.get(request.subject)
    if asker is None or asker.refusal is not None:
        return None
    plan = held.plans.plan(request.resource.type, request.action, asker.roles)
    return plan, plan.facts(Situation(request, plan.type, held.scene, asker.member, asker.roles, now))


def _worked_out(outcome: Outcome, plan: Plan, situation: Situation, revision: int) -> Decision:
    """The decision whose reason or obligations are of this request alone."""
    if outcome.refusal is not None:
        return Decision(False, outcome.refusal.told_to(situation), revision)
    owed = (*always_owed(plan.action, situation), *outcome.extra)
    if outcome.reason is Reason.EMERGENCY:
        owed = (*owed, for_emergency(situation))
    return Decision(outcome.allowed, outcome.reason, revision, owed, outcome.detail)
