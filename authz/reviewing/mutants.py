"""Rules taken away or widened, one at a time: a reviewer wants to know of each whether anybody would notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from authz.core.policy import Rule
from authz.policies.conditions import condition_named
from authz.policies.in_force import MEMBER

DELETED: Final = "deleted"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule and what becomes of it: None if it is taken away. `rules` are all of them after that."""

    rule: Rule
    what: str
    becomes: Rule | None
    rules: tuple[Rule, ...]

    @property
    def name(self) -> str:
        """The rule as its file writes it, and what is done to it."""
        return f"{','.join(self.rule.row())}: {self.what}"

    def in_words(self) -> str:
        """What would be otherwise, as an end of "nobody would notice if"."""
        rule, becomes = self.rule, self.becomes
        verb, other = ("allow", "deny") if rule.effect == "allow" else ("deny", "allow")
        if becomes is None:
            return f"this rule were gone, so that it did not {verb} {_told(rule)}"
        if becomes.effect != rule.effect:
            return f"this rule were to {other}, not to {verb}, {_told(rule)}"
        if becomes.role != rule.role:
            return f"this rule were to {verb} not `{rule.role}` but every member to `{rule.action}` `{rule.resource}`"
        if not becomes.conditions:
            return f"this rule were to {verb} {_told(becomes)} always"
        (lost,) = set(rule.conditions) - set(becomes.conditions)
        return f"this rule were to {verb} {_told(becomes)} also where it does not hold that {_words(lost)}"


def _told(rule: Rule) -> str:
    return f"`{rule.role}` to `{rule.action}` `{rule.resource}`"


def _words(name: str) -> str:
    condition = condition_named(name)
    return condition.words if condition else name


def mutants(rules: Sequence[Rule]) -> Iterator[Mutant]:
    """Each rule deleted, its effect turned, given to every member, and freed of each condition and of all."""
    for index, rule in enumerate(rules):
        changed: dict[str, Rule | None] = {DELETED: None}
        turned = "deny" if rule.effect == "allow" else "allow"
        changed["denies" if turned == "deny" else "allows"] = replace(rule, effect=turned)
        for name in rule.conditions:
            rest = tuple(other for other in rule.conditions if other != name)
            changed[f"without {name}"] = replace(rule, conditions=rest)
        if len(rule.conditions) > 1:
            changed["always"] = replace(rule, conditions=())
        if rule.role != MEMBER:
            changed["for every member"] = replace(rule, role=MEMBER)
        for what, becomes in changed.items():
            after = (*rules[:index], *((becomes,) if becomes else ()), *rules[index + 1 :])
            yield Mutant(rule, what, becomes, after)
