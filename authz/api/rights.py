"""What the caller may do here, decided by the same policy as everything else, and the proof that it was asked."""

from __future__ import annotations

from collections.abc import Iterable

from flask import g

from authz.api.auth import Caller, caller, services
from authz.core.decision import Decision, Reason, Request, Resource
from authz.core.errors import NotAllowed, NotFound, StoreUnavailable
from authz.core.names import INSTALLATION, Practice, Subject


def need_to_ask(practice: Practice, subjects: Iterable[Subject]) -> None:
    """Raises unless the caller may ask what each of these subjects may do in `practice`.

    NotFound, with the same words, where there is no such practice and where the caller is nobody in it, so that
    the ids of practices cannot be found out; NotAllowed where the caller is known and has not the right;
    StoreUnavailable where the practice's policy is damaged.
    """
    who = caller()
    unknown = NotFound("practice", practice.id)
    if who.practice not in (None, practice):
        raise unknown
    asked = asking(who, practice, subjects)
    try:
        _, decisions = services().checker.check_all(practice, asked)
    except NotFound as error:
        raise unknown from error
    if any(decision.reason is Reason.UNKNOWN_SUBJECT for decision in decisions):
        raise unknown
    if any(decision.reason is Reason.POLICY_DAMAGED for decision in decisions):
        raise StoreUnavailable("a row of the practice's policy that may be a denial cannot be read")
    for request, decision in zip(asked, decisions, strict=True):
        if not decision.allowed:
            owner = request.resource.attributes["owner"]
            raise NotAllowed(f"`{who.subject}` may not ask what `{owner}` may do here ({decision.reason})")
    g.settled = True


def asking(who: Caller, practice: Practice, subjects: Iterable[Subject]) -> list[Request]:
    """The questions that must all be answered yes before `who` may ask about these subjects, one for each."""
    return [
        Request(practice, who.subject, "ask", Resource("decision", attributes={"owner": str(subject)}), who.context)
        for subject in dict.fromkeys(subjects)
    ]


def need(practice: Practice, resource: str, action: str, id: str = "", **attributes: str) -> Decision:
    """The decision that lets the caller do this in `practice`, with its obligations; raises as `need_to_ask` does.

    NotFound also where the person that the thing is about is nobody here.
    """
    who = caller()
    unknown = NotFound("practice", practice.id)
    if who.practice not in (None, practice):
        raise unknown
    request = Request(practice, who.subject, action, Resource(resource, id, attributes), who.context)
    try:
        decision = services().checker.check(request)
    except NotFound as error:
        raise unknown from error
    if not decision.allowed:
        if decision.reason is Reason.UNKNOWN_SUBJECT:
            raise unknown
        if decision.reason is Reason.POLICY_DAMAGED:
            raise StoreUnavailable("a row of the practice's policy that may be a denial cannot be read")
        if decision.reason is Reason.NOT_FOUND:
            raise NotFound(resource, id)
        raise NotAllowed(f"`{who.subject}` may not `{action}` here on `{resource}` ({decision.reason})")
    g.settled = True
    return decision


def may(practice: Practice, resource: str, action: str) -> bool:
    """Whether the caller, who is known to be somebody here, may do this too; settles nothing."""
    who = caller()
    return services().checker.check(Request(practice, who.subject, action, Resource(resource), who.context)).allowed


def need_in_installation(resource: str, action: str) -> None:
    """Raises NotAllowed unless the caller may do this above all practices; a key bound to one never may."""
    who = caller()
    request = Request(INSTALLATION, who.subject, action, Resource(resource), who.context)
    if who.practice is not None or not services().checker.check(request).allowed:
        raise NotAllowed(f"`{who.subject}` may not `{action}` here on `{resource}`")
    g.settled = True


def any_caller() -> None:
    """States that this answer is for everyone with a good token."""
    caller()
    g.settled = True


def anybody() -> None:
    """States that this answer is for everyone, token or not."""
    g.settled = True
