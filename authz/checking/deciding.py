"""One request decided against one practice's policy as of one moment."""

from __future__ import annotations

from datetime import datetime

from authz.checking import obligations
from authz.checking.facts import EMERGENCY, VIEW, conditions_in, facts_of
from authz.checking.policy_held import PolicyHeld
from authz.checking.reasons import reason_for_no
from authz.core.decision import Decision, Obligation, Reason, Request
from authz.core.names import Subject
from authz.policies import VOCABULARY
from authz.policies.in_force import active
from authz.policies.switches import LEVEL_PREFIX
from authz.policies.vocabulary import Situation

BY_DEFAULT = "eRx level full (default, nothing selected)"


def decide(request: Request, held: PolicyHeld, now: datetime) -> Decision:
    """The answer to a request that the vocabulary knows; every way not to find a yes is a no with its reason."""
    refusal = _refused_at_the_door(request, held)
    if refusal is not None:
        return Decision(False, refusal, held.revision)
    situation = Situation(
        request=request,
        type=VOCABULARY.types[request.resource.type],
        snapshot=held.snapshot,
        roles=held.rows.roles.get(request.subject, frozenset()),
        now=now,
    )
    if situation.type.actions[request.action].narrows:
        return _decide_narrowing(situation, held)
    return _decide(situation, held)


def _refused_at_the_door(request: Request, held: PolicyHeld) -> Reason | None:
    snapshot, subject = held.snapshot, request.subject
    person = snapshot.people.get(subject)
    if not _known(held, subject):
        return Reason.UNKNOWN_SUBJECT
    if snapshot.damaged:
        return Reason.POLICY_DAMAGED
    if not active(snapshot, subject):
        return Reason.INACTIVE
    began = request.context.authenticated_at
    membership = snapshot.memberships.get(subject)
    ends = [who.sessions_from for who in (person, membership) if who is not None and who.sessions_from is not None]
    if began is not None and any(began < end for end in ends):
        return Reason.SESSION_ENDED
    return None


def _known(held: PolicyHeld, subject: Subject) -> bool:
    """Members, past ones included, and whoever holds a role here."""
    return subject in held.snapshot.memberships or subject in held.granted


def _decide(situation: Situation, held: PolicyHeld) -> Decision:
    request = situation.request
    rules = held.rules_for(request.resource.type, request.action)
    facts = frozenset(facts_of(situation, rules, held.rules_for(request.resource.type, VIEW), held.policy))
    if not _allows(situation, held, facts):
        return Decision(False, reason_for_no(situation, rules, facts), held.revision)
    owed = tuple(obligations.always_owed(situation))
    if EMERGENCY in facts and not _allows(situation, held, facts - {EMERGENCY}):
        return Decision(True, Reason.EMERGENCY, held.revision, (*owed, obligations.for_emergency(situation)))
    return Decision(True, Reason.GRANTED, held.revision, owed, _detail(situation, held))


def _decide_narrowing(situation: Situation, held: PolicyHeld) -> Decision:
    request = situation.request
    rules = held.rules_for(request.resource.type, request.action)
    conditions = conditions_in(rules)
    facts = frozenset(c.name for c in conditions if c.narrowing is None and c.holds(situation))
    owed: tuple[Obligation, ...] = tuple(obligations.always_owed(situation))
    if _allows(situation, held, facts):
        return Decision(True, Reason.GRANTED, held.revision, (*owed, *obligations.whole_catalogue(situation)))
    candidates = [c for c in conditions if c.narrowing is not None and c.narrowing(situation)]
    allowing = obligations.narrowed(situation, candidates, facts, held.policy)
    if not allowing:
        possible = facts | {condition.name for condition in candidates}
        return Decision(False, reason_for_no(situation, rules, possible), held.revision)
    return Decision(True, Reason.GRANTED, held.revision, (*owed, obligations.restriction(situation, allowing)))


def _allows(situation: Situation, held: PolicyHeld, facts: frozenset[str]) -> bool:
    request = situation.request
    return held.policy.allows(request.subject, request.resource.type, request.action, facts)


def _detail(situation: Situation, held: PolicyHeld) -> str:
    prescribing = situation.request.resource.type in ("erx", "erx_controlled")
    by_default = prescribing and situation.request.subject in held.rows.by_default
    return BY_DEFAULT if by_default and any(role.startswith(LEVEL_PREFIX) for role in situation.roles) else ""
