"""The reason for a no: the rule that came nearest, and the first thing it still asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from authz.core.decision import Reason
from authz.core.policy import Rule
from authz.policies.conditions import condition_named, rank
from authz.policies.relations import person_concerned
from authz.policies.vocabulary import ResourceType, Situation

_VIEWING: Final = ("list", "read", "print", "export")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the answer is no. `of_somebody`: unless the person named is nobody here, which `told_to` finds out."""

    reason: Reason
    of_somebody: bool = False

    def told_to(self, situation: Situation) -> Reason:
        """The reason for this very request."""
        if not self.of_somebody:
            return self.reason
        concerned, asker = person_concerned(situation), situation.request.subject
        if concerned is None:
            return Reason.NOT_FOUND if self.reason is Reason.NOT_ONESELF else self.reason
        here = concerned == asker or concerned.kind == "service" or concerned in situation.scene.memberships
        return self.reason if here else Reason.NOT_FOUND


def refusal_by(type: ResourceType, action: str, rules: Sequence[Rule], facts: Collection[str]) -> Refusal:
    """Why the answer is no, given the rules for this action of roles that the asker holds and what holds.

    The rule with the fewest conditions missing speaks, an earlier one before a later; of what it misses, the
    condition named first in the list of conditions.
    """
    if type.hidden:
        return Refusal(Reason.NOT_FOUND)
    near = [[name for name in rule.conditions if name not in facts] for rule in rules if rule.effect == "allow"]
    if not near:
        return Refusal(Reason.NO_PERMISSION)
    missing = min(near, key=lambda names: (len(names), min(map(rank, names), default=-1)))
    if not missing:
        return Refusal(Reason.FORBIDDEN)
    return _said_by(min(missing, key=rank), type, action)


def _said_by(name: str, type: ResourceType, action: str) -> Refusal:
    condition = condition_named(name)
    reason = condition.reason if condition else Reason.NO_PERMISSION
    if reason is Reason.OWN_ONLY and action not in _VIEWING and "author" in type.owned_by:
        reason = Reason.ONLY_AUTHOR
    return Refusal(reason, of_somebody=name in ("self", "someone_else"))
