"""A whole decision worked out the slow way: every condition of every rule, nothing remembered, nothing left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from authz.checking import obligations
from authz.checking.plans import BY_DEFAULT
from authz.core.decision import Decision, Reason, Request
from authz.core.policy import Rule, Snapshot
from authz.policies import VOCABULARY
from authz.policies.conditions import condition_named, rank
from authz.policies.in_force import active, rows_in_force
from authz.policies.relations import person_concerned
from authz.policies.vocabulary import Condition, Scene, Situation

Facts = frozenset[str]
Allows = Callable[[str, str, str, Facts], bool]


def decided(request: Request, snapshot: Snapshot, now: datetime, allows: Allows) -> Decision:
    """The decision, if `allows` answers for subject, type, action and facts."""
    refusal = _refused(request, snapshot)
    if refusal is not None:
        return Decision(False, refusal, snapshot.revision)
    rows, subject = rows_in_force(snapshot, now), request.subject
    cosigners = frozenset(m.cosigner for m in snapshot.memberships.values() if m.cosigner is not None)
    scene = Scene(snapshot.settings, snapshot.memberships, cosigners, snapshot.emergencies)
    type, member = VOCABULARY.types[request.resource.type], snapshot.memberships.get(subject)
    situation = Situation(request, type, scene, member, rows.roles.get(subject, frozenset()), now)
    rules = [r for r in rows.rules if (r.resource, r.action) == (type.name, request.action)]
    owed = tuple(obligations.always_owed(type.actions[request.action], situation))
    if type.actions[request.action].narrows:
        return _narrowed(situation, rules, snapshot.revision, allows)
    viewing = [r for r in rows.rules if (r.resource, r.action) == (type.name, "read")]
    facts = _facts(situation, rules, viewing, allows)
    if not allows(str(subject), type.name, request.action, facts):
        return Decision(False, _reason(situation, rules, facts), snapshot.revision)
    if "emergency" in facts and not allows(str(subject), type.name, request.action, facts - {"emergency"}):
        extra = obligations.for_emergency(situation)
        return Decision(True, Reason.EMERGENCY, snapshot.revision, (*owed, extra))
    by_default = type.name in ("erx", "erx_controlled") and subject in rows.by_default
    return Decision(True, Reason.GRANTED, snapshot.revision, owed, BY_DEFAULT if by_default else "")


def _refused(request: Request, snapshot: Snapshot) -> Reason | None:
    subject, began = request.subject, request.context.authenticated_at
    if subject not in snapshot.memberships and subject not in {grant.subject for grant in snapshot.grants}:
        return Reason.UNKNOWN_SUBJECT
    if snapshot.damaged:
        return Reason.POLICY_DAMAGED
    if not active(snapshot, subject):
        return Reason.INACTIVE
    for who in (snapshot.people.get(subject), snapshot.memberships.get(subject)):
        if began is not None and who is not None and who.sessions_from is not None and began < who.sessions_from:
            return Reason.SESSION_ENDED
    return None


def _conditions(rules: Iterable[Rule]) -> list[Condition]:
    names = dict.fromkeys(name for rule in rules for name in rule.conditions)
    return [condition for condition in map(condition_named, names) if condition is not None]


def _facts(situation: Situation, rules: list[Rule], viewing: list[Rule], allows: Allows) -> Facts:
    held = {c.name for c in _conditions(rules) if c.holds(situation)}
    with_view = {c.name for c in _conditions(rules) if c.with_view}
    seen = {c.name for c in _conditions(viewing) if not c.with_view and c.holds(situation)} - {"emergency"}
    if not allows(str(situation.request.subject), situation.type.name, "read", frozenset(seen)):
        held -= with_view
    return frozenset(held)


def _narrowed(situation: Situation, rules: list[Rule], revision: int, allows: Allows) -> Decision:
    subject, type, action = str(situation.request.subject), situation.type, situation.request.action
    owed = tuple(obligations.always_owed(type.actions[action], situation))
    facts = frozenset(c.name for c in _conditions(rules) if c.narrowing is None and c.holds(situation))
    if allows(subject, type.name, action, facts):
        return Decision(True, Reason.GRANTED, revision, (*owed, *obligations.whole_catalogue(type)))
    candidates = [c for c in _conditions(rules) if c.narrowing is not None and c.narrowing(situation)]
    allowing = [c for c in candidates if allows(subject, type.name, action, facts | {c.name})]
    if allowing:
        return Decision(True, Reason.GRANTED, revision, (*owed, obligations.restriction(type, allowing)))
    return Decision(False, _reason(situation, rules, facts | {c.name for c in candidates}), revision)


def _of_nobody_here(name: str, situation: Situation) -> bool:
    concerned = person_concerned(situation)
    if concerned is None:
        return name == "someone_else"
    known = {situation.request.subject, *situation.scene.memberships}
    return concerned not in known and concerned.kind != "service"


def _reason(situation: Situation, rules: list[Rule], facts: Facts) -> Reason:
    if situation.type.hidden:
        return Reason.NOT_FOUND
    mine = [rule for rule in rules if rule.effect == "allow" and rule.role in situation.roles]
    near = [[name for name in rule.conditions if name not in facts] for rule in mine]
    if not near:
        return Reason.NO_PERMISSION
    missing = min(near, key=lambda names: (len(names), min(map(rank, names), default=-1)))
    if not missing:
        return Reason.FORBIDDEN
    name = min(missing, key=rank)
    if name in ("self", "someone_else") and _of_nobody_here(name, situation):
        return Reason.NOT_FOUND
    condition = condition_named(name)
    reason = condition.reason if condition else Reason.NO_PERMISSION
    writing = situation.request.action not in ("list", "read", "print", "export")
    return (
        Reason.ONLY_AUTHOR if reason is Reason.OWN_ONLY and writing and "author" in situation.type.owned_by else reason
    )
