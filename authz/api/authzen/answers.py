"""Decisions as AuthZEN writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from authz.api.authzen.meaning import Meant
from authz.api.authzen.shapes import DENY_FIRST, EXECUTE_ALL
from authz.core.decision import Decision, Reason, Request
from authz.core.errors import Unreadable
from authz.core.people import PracticeSettings
from authz.decision_log.lines import Answered
from authz.policies.reasons_in_words import IN_WORDS


def told(decision: Decision, *, explain: bool) -> dict[str, Any]:
    """A decision; with reasons and obligations only for a caller that asked for them.

    A yes that demands something is a no for whoever would not be told of it.
    """
    if not explain:
        return {"decision": permits(decision, explain=False)}
    context: dict[str, Any] = {
        "reason_admin": {"code": decision.reason.value, "en": decision.detail or IN_WORDS[decision.reason]},
        "reason_user": {"en": _for_the_person(decision)},
    }
    if decision.obligations:
        context["obligations"] = [{"type": o.type, **o.details} for o in decision.obligations]
    return {"decision": decision.allowed, "context": context}


def permits(decision: Decision, *, explain: bool) -> bool:
    """Whether the answer is true for a caller that is, or is not, told what a yes demands."""
    return decision.allowed and (explain or not decision.obligations)


def answered(one: Meant, decision: Decision, settings: PracticeSettings) -> dict[str, Any]:
    """The answer to a question that the policy has decided, told as the caller or the practice wants it told."""
    if _in_doubt(one, settings):
        return refused(one, settings)
    return told(decision, explain=one.explain or settings.explain)


def refused(one: Meant, settings: PracticeSettings) -> dict[str, Any]:
    """The no to a question that means nothing here, or of which something that counts cannot be read."""
    decision = Decision(False, one.refusal or Reason.NO_PERMISSION, 0, detail=one.unknown)
    found = told(decision, explain=one.explain or settings.explain)
    if one.problem:
        found.setdefault("context", {})["error"] = {"status": 400, "message": one.problem}
    return found


def _in_doubt(one: Meant, settings: PracticeSettings) -> bool:
    """Whether something cannot be read that the practice lets callers state; what they may not state is ignored."""
    request = one.request
    return request is not None and any(settings.lets_state(request.resource.type, name) for name in one.doubtful)


def unread(error: Unreadable) -> dict[str, Any]:
    """The no to a question among many that could not be read."""
    return {"decision": False, "context": {"error": {"status": 400, "message": str(error)}}}


def in_order(
    asked: Iterable[Meant | Unreadable], decisions: Iterable[Decision], settings: PracticeSettings, semantic: str
) -> tuple[list[dict[str, Any]], list[tuple[Request, Decision]]]:
    """The answers to questions, cut where the semantic ends them, and the permitted ones as the policy decided them.

    `decisions` are those of the questions that mean something here, in order.
    """
    found: list[dict[str, Any]] = []
    permitted: list[tuple[Request, Decision]] = []
    following = iter(decisions)
    for one in asked:
        if isinstance(one, Unreadable):
            found.append(unread(one))
        elif one.request is None:
            found.append(refused(one, settings))
        else:
            decision = next(following)
            found.append(answered(one, decision, settings))
            if found[-1]["decision"]:
                permitted.append((one.request, decision))
        if _ends(semantic, found[-1]["decision"]):
            break
    return found, permitted


def noted(
    asked: Iterable[Meant | Unreadable], decisions: Iterable[Decision], settings: PracticeSettings, semantic: str
) -> Iterator[Answered]:
    """What `in_order` tells of each question, for the decision log."""
    following = iter(decisions)
    for one in asked:
        if isinstance(one, Unreadable):
            answer = Answered(None, False, None)
        elif one.request is None:
            answer = Answered(None, False, one.refusal or Reason.NO_PERMISSION)
        else:
            answer = _noted(one, next(following), settings)
        yield answer
        if _ends(semantic, answer.allowed):
            return


def _noted(one: Meant, decision: Decision, settings: PracticeSettings) -> Answered:
    if _in_doubt(one, settings):
        return Answered(one.request, False, one.refusal or Reason.NO_PERMISSION)
    allowed = permits(decision, explain=one.explain or settings.explain)
    return Answered(one.request, allowed, decision.reason, decision.obligations)


def _ends(semantic: str, allowed: bool) -> bool:
    return semantic != EXECUTE_ALL and allowed is (semantic != DENY_FIRST)


def _for_the_person(decision: Decision) -> str:
    """Words that name neither rules nor roles."""
    if decision.allowed:
        return "You may do this."
    if decision.reason is Reason.REASON_REQUIRED:
        return "Give a reason first."
    if decision.reason is Reason.SECOND_FACTOR_REQUIRED:
        return "Confirm with your second factor first."
    if decision.reason is Reason.SESSION_ENDED:
        return "Sign in again."
    if decision.reason is Reason.EMERGENCY_AVAILABLE:
        return "You may not do this. In an emergency you can ask for emergency access."
    return "You may not do this. Ask an admin of your practice if you need to."
