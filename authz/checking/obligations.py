"""What comes with a yes: the obligations that the asking service has to honour."""

from __future__ import annotations

from collections.abc import Iterable

from authz.core.decision import Obligation
from authz.core.ports import PreparedPolicy
from authz.policies.conditions import REPORT_PREFIX
from authz.policies.relations import open_emergency
from authz.policies.vocabulary import Condition, Situation


def always_owed(situation: Situation) -> Iterable[Obligation]:
    """The obligations that belong to the action, whoever does it."""
    for name in situation.type.actions[situation.request.action].obliges:
        if name == "create_cosign_task":
            author = situation.member("author")
            if author is not None and author.cosigner is not None:
                yield Obligation(name, {"assignee": str(author.cosigner)})
        else:
            yield Obligation(name)


def for_emergency(situation: Situation) -> Obligation:
    """A yes that only the emergency gives has to be reviewed; tells until when it lasts."""
    emergency = open_emergency(situation)
    return Obligation("review_emergency", {"until": emergency.until.isoformat()} if emergency else {})


def restriction(situation: Situation, allowing: Iterable[Condition]) -> Obligation:
    """Restricts a narrowed yes to what these conditions, each by itself, allow."""
    names = [condition.name for condition in allowing]
    if situation.type.catalogue:
        return Obligation("restrict_to", {"ids": [name.removeprefix(REPORT_PREFIX) for name in names]})
    return Obligation("restrict_to", {"conditions": names})


def whole_catalogue(situation: Situation) -> Iterable[Obligation]:
    """An unrestricted list of a type that has a catalogue is restricted to what exists."""
    if situation.type.catalogue:
        yield Obligation("restrict_to", {"ids": list(situation.type.catalogue)})


def narrowed(
    situation: Situation, candidates: Iterable[Condition], facts: frozenset[str], policy: PreparedPolicy
) -> list[Condition]:
    """The narrowing conditions each of which, were it to hold, would make the policy say yes."""
    request = situation.request
    return [
        condition
        for condition in candidates
        if policy.allows(request.subject, situation.type.name, request.action, facts | {condition.name})
    ]
