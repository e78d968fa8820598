"""Why an answer is what it is: the rule and the grant behind a yes, what was missing for a no, what would change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from authz.checking.completing import Registered, complete, named_by
from authz.checking.deciding import decide
from authz.checking.facts import EMERGENCY, Unanswered
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Decision, Reason, Request
from authz.core.errors import Invalid, StoreUnavailable
from authz.core.names import INSTALLATION
from authz.core.policy import Grant, Rule, Snapshot
from authz.core.ports import Store
from authz.policies import VOCABULARY
from authz.policies.vocabulary import Situation
from authz.reviewing.past import at_moment, at_revision
from authz.reviewing.registered_then import registered_then
from authz.reviewing.suggesting import Suggested, Suggestion, suggestions

_TRIES: Final = 10


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that the asker holds, and who gave it, when and until when; `granted_by` is empty where nobody did.

    `everywhere`: it was given in the whole installation.
    """

    role: str
    granted_by: str = ""
    granted_at: datetime | None = None
    expires_at: datetime | None = None
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class NearRule:
    """A rule about the action asked for: whether the asker holds its role, and which of its conditions do not hold."""

    rule: Rule
    held: bool
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision and what it rests on.

    `rule` is the one that allows, or the one that forbids whatever others allow; None for any other no. `near` are all
    rules about this action, the nearest first. `conditions` says which conditions that they name hold for the asker.
    `ended` are grants of theirs that the asker held until `expires_at`, of roles that such rules allow something.
    `would_allow` are the smallest sets of changes that would make it a yes; where there is none for a no, no switch
    and no grant makes it one, if `all_tried`. `past`: this is how it was at `at`, not how it is. `partial`: something
    of it may have been left out, since it is not for whoever is told.
    """

    request: Request
    decision: Decision
    roles: tuple[HeldRole, ...]
    rule: Rule | None
    near: tuple[NearRule, ...]
    conditions: Mapping[str, bool]
    would_allow: tuple[Suggestion, ...]
    at: datetime
    ended: tuple[HeldRole, ...] = ()
    past: bool = False
    partial: bool = False
    all_tried: bool = True


class Explaining:
    """Explains answers; what it raises beside is StoreUnavailable, and NotFound for no such practice."""

    def __init__(self, store: Store, memory: Memory, clock: Callable[[], datetime]) -> None:
        """`memory` is what the checker answers from."""
        self._store = store
        self._memory = memory
        self._clock = clock
        self._registered = Registered(store)

    def explain(self, request: Request) -> Explanation:
        """Why `check` answers this question as it does now."""
        for _ in range(_TRIES):
            now, snapshot = self._clock(), self._store.snapshot(request.practice)
            asked = self._registered.completed(PolicyHeld(snapshot, self._memory, now), [request])
            if asked is not None:
                return explained(snapshot, asked[0], self._memory, now)
        raise StoreUnavailable(f"the registry of `{request.practice}` keeps changing")

    def explain_past(self, request: Request, at: int | datetime) -> Explanation:
        """Why it would have been answered so at a revision or a moment, as the practice's record tells.

        What the question leaves out is filled in from what was registered then. Raises Invalid `at` where the record
        does not reach or cannot tell.
        """
        find = at_revision if isinstance(at, int) else at_moment
        past = find(self._store, request.practice, at)  # type: ignore[arg-type]  # each gets what it is for
        if isinstance(at, datetime) and at > self._clock():
            raise Invalid.field("at", "must not be in the future")
        stored = registered_then(self._store, request.practice, [*named_by(request)], past.snapshot.revision)
        asked = complete(past.snapshot.settings, request, stored)
        return replace(explained(past.snapshot, asked, self._memory, past.at), past=True)


def explained(snapshot: Snapshot, request: Request, memory: Memory, now: datetime) -> Explanation:
    """Why the answer to this question is what it is in this state of the practice.

    The question must be known to the vocabulary, and have been completed from the registry where that counts.
    """
    held = PolicyHeld(snapshot, memory, now)
    decision = decide(request, held, now)
    near, conditions = _rules(held, request, now)
    suggested = Suggested() if decision.allowed else suggestions(snapshot, request, memory, now)
    return Explanation(
        request=request,
        decision=decision,
        roles=_roles(snapshot, held, request),
        rule=_deciding(near, decision),
        near=near,
        conditions=conditions,
        would_allow=suggested.found,
        at=now,
        ended=() if decision.allowed else _ended(snapshot, request, near, now),
        all_tried=suggested.all_tried,
    )


def _ended(snapshot: Snapshot, request: Request, near: tuple[NearRule, ...], now: datetime) -> tuple[HeldRole, ...]:
    missed = {one.rule.role for one in near if one.rule.effect == "allow" and not one.held}
    mine = (grant for grant in snapshot.grants if grant.subject == request.subject and grant.role in missed)
    over = [_held(grant) for grant in mine if not grant.in_force(now)]
    return tuple(sorted(over, key=lambda role: role.role))


def _held(grant: Grant) -> HeldRole:
    return HeldRole(grant.role, grant.granted_by, grant.granted_at, grant.expires_at, grant.practice == INSTALLATION)


def _roles(snapshot: Snapshot, held: PolicyHeld, request: Request) -> tuple[HeldRole, ...]:
    asker = held.askers.get(request.subject)
    roles = asker.roles if asker else frozenset[str]()
    mine = [grant for grant in snapshot.grants if grant.subject == request.subject and grant.role in roles]
    found = [*map(_held, mine)]
    given = {role.role for role in found}
    return tuple(sorted([*found, *(HeldRole(role) for role in roles - given)], key=lambda role: role.role))


def _rules(held: PolicyHeld, request: Request, now: datetime) -> tuple[tuple[NearRule, ...], dict[str, bool]]:
    """All rules about the action, with what they lack, and the conditions that they name."""
    asker, type = held.askers.get(request.subject), VOCABULARY.types[request.resource.type]
    roles, member = (asker.roles, asker.member) if asker else (frozenset[str](), None)
    situation = Situation(request, type, held.scene, member, roles, now)
    about = [r for r in held.rules if r.resource == type.name and r.action == request.action]
    known: dict[str, bool] = {}
    near = []
    for rule in about:
        plan = held.plans.plan(type.name, request.action, roles | {rule.role})
        try:
            holding = set(plan.named(plan.facts(situation)))
        except Unanswered:
            holding = set()
        known |= {name: name in holding for name in rule.conditions}
        missing = tuple(name for name in rule.conditions if name not in holding)
        near.append(NearRule(rule, rule.role in roles, missing))
    near.sort(key=lambda one: (one.rule.effect == "deny", not one.held, len(one.missing)))
    return tuple(near), known


def _deciding(near: tuple[NearRule, ...], decision: Decision) -> Rule | None:
    counting = [one.rule for one in near if one.held and not one.missing]
    if decision.allowed:
        allowing = [rule for rule in counting if rule.effect == "allow"]
        through = decision.reason is Reason.EMERGENCY
        fitting = [rule for rule in allowing if (EMERGENCY in rule.conditions) is through]
        return next(iter(fitting or allowing), None)
    if decision.reason is Reason.FORBIDDEN:
        return next((rule for rule in counting if rule.effect == "deny"), None)
    return None
