"""An explanation in one or two sentences that a practice admin understands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from authz.core.decision import Reason
from authz.policies import VOCABULARY
from authz.policies.conditions import condition_named
from authz.policies.in_force import MEMBER
from authz.policies.reasons_in_words import IN_WORDS
from authz.reviewing.explaining import Explanation, HeldRole, NearRule
from authz.reviewing.suggesting import Suggestion

_MOST_NAMED: Final = 3


def in_sentences(explanation: Explanation) -> str:
    """What was answered and why; for a no, what would change it, or why nothing would."""
    request, decision = explanation.request, explanation.decision
    type = VOCABULARY.types[request.resource.type]
    what = f"{request.subject} may{'' if decision.allowed else ' not'} `{request.action}` here"
    what = f"{what} ({type.title.lower()}: {type.actions[request.action].words})"
    if decision.allowed:
        return f"{what}: {_granted(explanation)}."
    return f"{what}: {IN_WORDS[decision.reason]}{_ended(explanation)}. {_what_would_help(explanation)}"


def one_suggestion(suggestion: Suggestion) -> str:
    """The changes of a suggestion, told one after the other."""
    return ", and ".join(step.words for step in suggestion)


def _granted(explanation: Explanation) -> str:
    rule = explanation.rule
    if rule is None:
        return IN_WORDS[explanation.decision.reason]
    holding = next((role for role in explanation.roles if role.role == rule.role), None)
    said = f"the role `{rule.role}`, {_given(holding)}, permits it{_where(rule.conditions)}"
    return f"{said} (rule {rule.origin})" if rule.origin else said


def _given(role: HeldRole | None) -> str:
    if role is None or role.granted_at is None:
        by_default = role is not None and role.role != MEMBER
        return "held because nothing else was chosen" if by_default else "which every active member holds"
    where = " in the whole installation" if role.everywhere else ""
    until = f", until {role.expires_at:%Y-%m-%d}" if role.expires_at else ""
    return f"given by {role.granted_by} on {role.granted_at:%Y-%m-%d}{where}{until}"


def _ended(explanation: Explanation) -> str:
    over = [
        f"`{role.role}`, given by {role.granted_by}, ended on {role.expires_at:%Y-%m-%d}" for role in explanation.ended
    ]
    return f"; {' and '.join(over)}" if over else ""


def _where(conditions: Iterable[str]) -> str:
    told = _in_words(conditions)
    return f" where {told}" if told else ""


def _in_words(conditions: Iterable[str]) -> str:
    known = (condition_named(name) for name in conditions)
    return " and ".join(condition.words for condition in known if condition is not None)


def _what_would_help(explanation: Explanation) -> str:
    if explanation.would_allow:
        first, *others = (one_suggestion(one) for one in explanation.would_allow[:_MOST_NAMED])
        more = len(explanation.would_allow) - 1 - len(others)
        rest = "".join(f"; or if {other}" for other in others) + (f"; or in {more} other ways" if more > 0 else "")
        return f"It would be allowed if {first}{rest}."
    if explanation.partial:
        return "What would allow it is told to those who may see the roles of this practice."
    if not explanation.all_tried:
        return "No few changes would allow it, and there are too many roles here to try more of them together."
    return f"No switch and no role would allow it: {_never(explanation)}."


def _never(explanation: Explanation) -> str:
    """Why a no stays one whatever is given to the asker."""
    request, reason = explanation.request, explanation.decision.reason
    type = VOCABULARY.types[request.resource.type]
    if type.actions[request.action].never:
        return f"no role may ever `{request.action}`, since records are kept six years"
    if reason is Reason.UNKNOWN_SUBJECT:
        return "who is nobody in this practice has to be made a member or a guest first"
    if reason is Reason.POLICY_DAMAGED:
        return "the stored rule has to be mended first"
    if reason is Reason.FORBIDDEN and explanation.rule is not None:
        return f"a rule forbids it{_where(explanation.rule.conditions)}, whatever others allow"
    permitting = [near for near in explanation.near if near.rule.effect == "allow"]
    if not permitting:
        return "no rule permits this to anybody"
    return f"every rule about it asks for something that does not hold here; the nearest, that {_lacking(permitting)}"


def _lacking(permitting: list[NearRule]) -> str:
    nearest = min(permitting, key=lambda near: len(near.missing))
    return _in_words(nearest.missing) or "the asker be somebody else"
