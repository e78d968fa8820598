"""How one action on one type is decided for everybody to whom the same rules apply, and the outcomes so far."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import compress
from typing import Final

from authz.checking.facts import EMERGENCY, MOST_KEPT, Ask, Facts, Tests, View, conditions_in
from authz.checking.obligations import names_somebody, owed_for, restriction, whole_catalogue
from authz.checking.reasons import Refusal, refusal_by
from authz.core.decision import Decision, Obligation, Reason
from authz.core.policy import Rule
from authz.policies.vocabulary import Condition, ResourceType, Situation

MOST_REFUSED: Final = 10_000
BY_DEFAULT: Final = "eRx level full (default, nothing selected)"
_PRESCRIBING: Final = ("erx", "erx_controlled")


class Outcome:
    """What a plan answers to some facts: a decision, but for what depends on the practice or on the request.

    `extra` are obligations beside those that belong to the action. `late`: some reason or obligation names
    somebody or a moment, and has to be worked out with each request. `by_default`: the outcome for those who hold
    their eRx level only because none was chosen, if that is to be told. `roles` are those whose rules said yes.
    """

    __slots__ = ("_last", "_owed", "allowed", "by_default", "detail", "extra", "late", "reason", "refusal", "roles")

    def __init__(
        self,
        reason: Reason,
        owed: tuple[Obligation, ...] = (),
        extra: tuple[Obligation, ...] = (),
        refusal: Refusal | None = None,
        *,
        late: bool = False,
        detail: str = "",
        by_default: Outcome | None = None,
        roles: frozenset[str] = frozenset(),
    ) -> None:
        self.allowed = reason in (Reason.GRANTED, Reason.EMERGENCY)
        self.reason = reason
        self.extra = extra
        self.refusal = refusal
        self.late = late
        self.detail = detail
        self.by_default = by_default
        self.roles = roles
        self._owed = (*owed, *extra)
        self._last = self._decision(0)

    def at(self, revision: int) -> Decision:
        """The decision at a revision; the last one made is given again while the revision stays the same."""
        last = self._last
        if last.revision != revision:
            last = self._last = self._decision(revision)
        return last

    def _decision(self, revision: int) -> Decision:
        return Decision(self.allowed, self.reason, revision, self._owed, self.detail)


_REFUSED: Final = Outcome(Reason.POLICY_DAMAGED)


class Refusals:
    """Questions that are answered with a no because a referee answered them otherwise; they stay so for good."""

    def __init__(self) -> None:
        self._keys: set[tuple[Hashable, Facts]] = set()

    def add(self, key: Hashable, facts: Facts) -> None:
        """What has this key of a plan and these facts is refused from now on."""
        self._keys.add((key, facts))

    def __contains__(self, question: tuple[Hashable, Facts]) -> bool:
        # INVARIANT: with more differences than can be kept nothing new is answered, so that none is forgotten.
        return question in self._keys or len(self._keys) >= MOST_REFUSED


class Plan:
    """The rules that apply, the conditions to be worked out for them, and an outcome for each set of facts met.

    Shared by everybody to whom exactly these rules apply, so nothing in it may depend on a person or, unless
    the rules are a practice's own, on a practice. Safe for threads: two at once work out the same twice.
    """

    __slots__ = ("_ask", "_conditions", "_refused", "_view", "_with_view", "action", "key", "outcomes", "rules",
                 "tells_default", "tests", "type")  # fmt: skip

    def __init__(
        self,
        key: Hashable,
        type: ResourceType,
        action: str,
        rules: tuple[Rule, ...],
        ask: Ask,
        view: View,
        refused: Refusals | None = None,
    ) -> None:
        """`rules` are those about this action of the roles held, `ask` is the engine's answer to facts about it.

        `key` stands for everything that outcomes depend on; with facts that are `refused` under it, the answer is no.
        """
        self.key = key
        self.type = type
        self.action = type.actions[action]
        self.rules = rules
        self.outcomes: dict[Facts, Outcome] = {}
        self._ask = ask
        self._view = view
        self._refused = refused if refused is not None else Refusals()
        self._conditions = tuple(conditions_in(rules))
        viewing = () if self.action.narrows else (n for n, c in enumerate(self._conditions) if c.with_view)
        self._with_view = tuple(viewing)
        self.tests: Tests = tuple(c.narrowing if self._open(c) else c.holds for c in self._conditions)  # type: ignore[misc]  # an open one has it

    def facts(self, situation: Situation) -> Facts:
        """Which of the conditions hold, or for those that only narrow a list, could hold of something in it.

        Raises Unanswered.
        """
        facts = [test(situation) for test in self.tests]
        for place in self._with_view:
            if facts[place] and not self._view.given(situation):
                for other in self._with_view:
                    facts[other] = False
                break
        return tuple(facts)

    def outcome(self, facts: Facts) -> Outcome:
        """What the policy says to these facts, or said before; raises Unanswered."""
        return self.outcomes.get(facts) or self._keep(facts, self._worked_out(facts))

    def allows(self, names: frozenset[str]) -> bool:
        """Whether the answer is yes, be it for a part only, where these conditions hold; raises Unanswered."""
        return self.outcome(tuple([condition.name in names for condition in self._conditions])).allowed

    def refuse(self, facts: Facts) -> None:
        """From now on the answer to these facts is no."""
        self._refused.add(self.key, facts)
        self._keep(facts, _REFUSED)

    def named(self, facts: Facts) -> list[str]:
        """The names of the conditions that these facts say hold."""
        return [condition.name for condition in compress(self._conditions, facts)]

    def _keep(self, facts: Facts, outcome: Outcome) -> Outcome:
        if len(self.outcomes) >= MOST_KEPT:
            self.outcomes.clear()
        self.outcomes[facts] = outcome
        # INVARIANT: looked up after the outcome is kept, so that a refusal meanwhile is not overwritten for good.
        if (self.key, facts) in self._refused:
            self.outcomes[facts] = outcome = _REFUSED
        return outcome

    def _worked_out(self, facts: Facts) -> Outcome:
        found = list(compress(self._conditions, facts))
        held = frozenset(condition.name for condition in found if not self._open(condition))
        if not self._ask(held):
            return self._narrowed(held, [condition for condition in found if self._open(condition)])
        if self.action.narrows:
            return self._yes(Reason.GRANTED, held, tuple(whole_catalogue(self.type)))
        if EMERGENCY in held and not self._ask(held - {EMERGENCY}):
            return self._yes(Reason.EMERGENCY, held, late=True)
        return self._yes(Reason.GRANTED, held)

    def _narrowed(self, held: frozenset[str], candidates: list[Condition]) -> Outcome:
        """A yes for the part of a list that some of the candidates, each by itself, would allow; else a no."""
        allowing = [condition for condition in candidates if self._ask(held | {condition.name})]
        if allowing:
            return self._yes(Reason.GRANTED, held.union(c.name for c in allowing), (restriction(self.type, allowing),))
        possible = held.union(condition.name for condition in candidates)
        refusal = refusal_by(self.type, self.action.name, self.rules, possible)
        return Outcome(refusal.reason, refusal=refusal, late=refusal.of_somebody)

    def _yes(
        self, reason: Reason, held: frozenset[str], extra: tuple[Obligation, ...] = (), *, late: bool = False
    ) -> Outcome:
        owed, late = tuple(owed_for(self.action)), late or names_somebody(self.action)
        said = (rule for rule in self.rules if rule.effect == "allow" and held.issuperset(rule.conditions))
        roles = frozenset(rule.role for rule in said)
        told = None
        if self.type.name in _PRESCRIBING and reason is Reason.GRANTED and not self.action.narrows:
            told = Outcome(reason, owed, extra, late=late, detail=BY_DEFAULT, roles=roles)
        return Outcome(reason, owed, extra, late=late, by_default=told, roles=roles)

    def _open(self, condition: Condition) -> bool:
        """Whether the condition is not known before a list is narrowed."""
        return self.action.narrows and condition.narrowing is not None
