"""The reason for a no: the rule that came nearest, and the first thing it still asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from authz.core.decision import Reason
from authz.core.policy import Rule
from authz.policies.conditions import condition_named, rank
from authz.policies.relations import person_concerned
from authz.policies.vocabulary import Situation

_VIEWING: Final = ("list", "read", "print", "export")


def reason_for_no(situation: Situation, rules: Sequence[Rule], facts: Collection[str]) -> Reason:
    """Why the answer is no, given the rules for this action and the conditions that hold.

    Among the rules of roles that the asker holds, the one with the fewest conditions missing speaks, an earlier
    one before a later; of what it misses, the condition named first in the list of conditions.
    """
    if situation.type.hidden:
        return Reason.NOT_FOUND
    near = [
        [name for name in rule.conditions if name not in facts]
        for rule in rules
        if rule.effect == "allow" and rule.role in situation.roles
    ]
    if not near:
        return Reason.NO_PERMISSION
    missing = min(near, key=lambda names: (len(names), min(map(rank, names), default=-1)))
    if not missing:
        return Reason.FORBIDDEN
    return _said_by(min(missing, key=rank), situation)


def _said_by(name: str, situation: Situation) -> Reason:
    condition = condition_named(name)
    if name == "someone_else" and person_concerned(situation) != situation.request.subject:
        return Reason.NOT_FOUND
    reason = condition.reason if condition else Reason.NO_PERMISSION
    writing = situation.request.action not in _VIEWING
    if reason is Reason.OWN_ONLY and writing and "author" in situation.type.owned_by:
        return Reason.ONLY_AUTHOR
    return reason
