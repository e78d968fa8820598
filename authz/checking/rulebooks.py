"""Rules and the plans made from them: the shipped ones once for all practices, a practice's own beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Final, Protocol

from authz.checking.facts import VIEW, Ask, Unanswered, View, conditions_in
from authz.checking.plans import Plan, Refusals
from authz.core.names import Practice, Subject
from authz.core.policy import RowsInForce, Rule
from authz.core.ports import Engine, PreparedPolicy
from authz.policies import VOCABULARY

MOST_PLANS: Final = 20_000
MOST_OWN_PLANS: Final = 1_000
ANYBODY: Final = Subject.user("anybody")


class Plans(Protocol):
    """Where the plan for a question comes from."""

    def plan(self, resource: str, action: str, roles: frozenset[str]) -> Plan:
        """The plan for this action on this type of resource, for whoever holds these roles."""
        ...


class Rulebook:
    """Rules of one practice, or the shipped ones, with the plans made from them; never shared between practices'.

    The engine is asked about `ANYBODY`, who holds the roles in question, with those rows alone that are about the
    question and these roles: no other row of the policy can match it. The shipped rules name every practice, so
    that their answers do not depend on which one is asked about.
    """

    def __init__(
        self,
        practice: Practice,
        rules: tuple[Rule, ...],
        engine: Engine,
        refused: Refusals,
        below: Rulebook | None = None,
    ) -> None:
        """`below` has the shipped rules, where `rules` are a practice's own."""
        self.rules: Final = rules
        self._practice = practice
        self._engine = engine
        self._refused = refused
        self._below = below
        self._own_roles = frozenset(rule.role for rule in rules)
        self._about: defaultdict[tuple[str, str], list[Rule]] = defaultdict(list)
        for rule in rules:
            self._about[rule.resource, rule.action].append(rule)
        self._plans: dict[tuple[str, str, frozenset[str]], Plan] = {}
        self._alike: dict[Hashable, Plan] = {}

    def plan(self, resource: str, action: str, roles: frozenset[str]) -> Plan:
        """The plan for this action on this type of resource, for whoever holds these roles."""
        if self._below is not None and self._own_roles.isdisjoint(roles):
            return self._below.plan(resource, action, roles)
        return self._plans.get((resource, action, roles)) or self._made(resource, action, roles)

    def all_rules(self) -> tuple[Rule, ...]:
        """The shipped rules and the practice's own."""
        return self.rules if self._below is None else (*self._below.rules, *self.rules)

    def rules_for(self, resource: str, action: str, roles: frozenset[str]) -> tuple[Rule, ...]:
        """The rules of these roles about this action, the shipped ones first."""
        shipped = () if self._below is None else self._below.rules_for(resource, action, roles)
        return (*shipped, *(rule for rule in self._about.get((resource, action), ()) if rule.role in roles))

    def _made(self, resource: str, action: str, roles: frozenset[str]) -> Plan:
        rules = self.rules_for(resource, action, roles)
        views = any(condition.with_view for condition in conditions_in(rules))
        viewing = self.rules_for(resource, VIEW, roles) if views else ()
        # INVARIANT: all that a plan's outcomes depend on beside the facts: where the rules hold, and the rules.
        key = (self._practice, resource, action, rules, viewing)
        if len(self._plans) >= (MOST_PLANS if self._below is None else MOST_OWN_PLANS):
            self._plans.clear()
            self._alike.clear()
        plan = self._alike.get(key)
        if plan is None:
            type = VOCABULARY.types[resource]
            view = View(viewing, self._ask(resource, VIEW, viewing))
            ask = (self._ask_part if type.actions[action].narrows else self._ask)(resource, action, rules)
            plan = self._alike[key] = Plan(key, type, action, rules, ask, view, self._refused)
        self._plans[resource, action, roles] = plan
        return plan

    def _ask(self, resource: str, action: str, rules: Sequence[Rule]) -> Ask:
        roles = {ANYBODY: frozenset(rule.role for rule in rules)}
        policy = self._engine.prepare(RowsInForce(self._practice, 0, tuple(rules), roles))
        return asking(policy, ANYBODY, resource, action)

    def _ask_part(self, resource: str, action: str, rules: Sequence[Rule]) -> Ask:
        """For a list, which is asked about once for each condition that narrows it: rows that name another one of
        these cannot match and are left out, for some roles name a hundred reports.
        """
        narrowing = {condition.name for condition in conditions_in(rules) if condition.narrowing is not None}

        def ask(facts: frozenset[str]) -> bool:
            part = [rule for rule in rules if facts.issuperset(narrowing.intersection(rule.conditions))]
            return self._ask(resource, action, part)(facts)

        return ask


def asking(policy: PreparedPolicy, subject: Subject, resource: str, action: str) -> Ask:
    """What the policy answers to facts about one action of somebody; raises Unanswered."""

    def ask(facts: frozenset[str]) -> bool:
        answer = policy.allows(subject, resource, action, facts)
        if answer is None:
            raise Unanswered
        return answer

    return ask
