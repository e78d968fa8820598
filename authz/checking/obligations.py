"""What comes with a yes: the obligations that the asking service has to honour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from authz.core.decision import Obligation
from authz.core.moments import told
from authz.policies.conditions import REPORT_PREFIX
from authz.policies.relations import open_emergency
from authz.policies.vocabulary import Action, Condition, ResourceType, Situation

_COSIGN: Final = "create_cosign_task"


def names_somebody(action: Action) -> bool:
    """Whether what is always owed for the action depends on the request."""
    return _COSIGN in action.obliges


def owed_for(action: Action) -> Iterable[Obligation]:
    """The obligations that belong to the action, whoever does it to whatever."""
    return (Obligation(name) for name in action.obliges if name != _COSIGN)


def always_owed(action: Action, situation: Situation) -> Iterable[Obligation]:
    """The obligations that belong to the action, those that name somebody included."""
    for name in action.obliges:
        if name == _COSIGN:
            author = situation.member("author")
            if author is not None and author.cosigner is not None:
                yield Obligation(name, {"assignee": str(author.cosigner)})
        else:
            yield Obligation(name)


def for_emergency(situation: Situation) -> Obligation:
    """A yes that only the emergency gives has to be reviewed; tells until when it lasts."""
    emergency = open_emergency(situation)
    return Obligation("review_emergency", {"until": told(emergency.until)} if emergency else {})


def restriction(type: ResourceType, allowing: Iterable[Condition]) -> Obligation:
    """Restricts a narrowed yes to what these conditions, each by itself, allow."""
    names = [condition.name for condition in allowing]
    if type.catalogue:
        return Obligation("restrict_to", {"ids": [name.removeprefix(REPORT_PREFIX) for name in names]})
    return Obligation("restrict_to", {"conditions": names})


def whole_catalogue(type: ResourceType) -> Iterable[Obligation]:
    """An unrestricted list of a type that has a catalogue is restricted to what exists."""
    if type.catalogue:
        yield Obligation("restrict_to", {"ids": list(type.catalogue)})
