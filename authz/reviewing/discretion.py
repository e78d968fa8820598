"""An explanation for somebody who may not see the roles that a practice made: what would tell of them is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from authz.core.decision import Reason
from authz.core.names import INSTALLATION
from authz.policies import VOCABULARY
from authz.policies.switches import GIVEN_ABOVE
from authz.reviewing.explaining import Explanation
from authz.reviewing.suggesting import Step

_ANALYTICS_WORDS: Final = ("none", "all")  # every other value of that switch is a role


def without_own_roles(explanation: Explanation) -> Explanation:
    """The same without rules and suggestions that name a role of the practice's own, but for roles the asker holds.

    Of something in a catalogue that is hidden from the asker nothing is told that would not be told of what does not
    exist. The decision stays, and `partial` says that something may have been left out.
    """
    catalogue = VOCABULARY.types[explanation.request.resource.type].catalogue
    if catalogue and explanation.decision.reason is Reason.NOT_FOUND:
        return replace(explanation, near=(), conditions={}, would_allow=(), ended=(), partial=True)
    near = tuple(one for one in explanation.near if one.held or one.rule.practice == INSTALLATION)
    named = {name for one in near for name in one.rule.conditions}
    would_allow = tuple(one for one in explanation.would_allow if not any(map(_of_own_role, one)))
    told = {one.rule.role for one in near}
    return replace(
        explanation,
        near=near,
        conditions={name: holds for name, holds in explanation.conditions.items() if name in named},
        would_allow=would_allow,
        ended=tuple(one for one in explanation.ended if one.role in told),
        partial=(len(near), len(would_allow)) != (len(explanation.near), len(explanation.would_allow)),
    )


def _of_own_role(step: Step) -> bool:
    if step.kind == "role":
        return step.about["role"] not in GIVEN_ABOVE
    return (step.kind, step.about.get("switch")) == ("switch", "analytics") and step.about["to"] not in _ANALYTICS_WORDS
