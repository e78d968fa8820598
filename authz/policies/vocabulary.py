"""The shape of the vocabulary: what a resource type, an action, an attribute and a condition are."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from authz.core.decision import Reason, Request
from authz.core.names import Subject
from authz.core.people import Emergency, Membership, PracticeSettings
from authz.core.registry import OF_SUBJECT


@dataclass(frozen=True, slots=True)
class Attribute:
    """A fact about a resource that the asking service states: a `subject`, a `choice`, a `flag` or a `text`.

    One whose name begins with `subject.` is a fact about the asker, one with `action.` about how it is done.
    """

    name: str
    kind: str
    words: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done to a resource type.

    `guards` are conditions that every rule allowing it must carry, so that no role can forget them.
    `narrows`: the answer may be a yes for a part only, told by the obligation `restrict_to`.
    `obliges` are obligations that come with every yes. `never`: no rule may allow it.
    """

    name: str
    words: str
    guards: tuple[str, ...] = ()
    narrows: bool = False
    obliges: tuple[str, ...] = ()
    never: bool = False


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of thing that access is decided about.

    `owned_by` names the attributes that say whose it is; `concerns` the attribute, or `id`, that names the
    person it is about. `catalogue` lists all that exist; a `hidden` type answers a refusal as if the thing
    did not exist. `delegable` are the actions that a practice may put into roles of its own; `of_subject` the
    attributes that are facts about the asker.
    """

    name: str
    title: str
    actions: Mapping[str, Action]
    attributes: Mapping[str, Attribute]
    owned_by: tuple[str, ...] = ()
    concerns: str = ""
    catalogue: tuple[str, ...] = ()
    hidden: bool = False
    delegable: tuple[str, ...] = ()
    of_subject: tuple[str, ...] = ()

    def with_more(self, other: ResourceType) -> ResourceType:
        """The same type, with those actions and attributes of the other that it has not itself."""
        return replace(
            self,
            actions={**other.actions, **self.actions},
            attributes={**other.attributes, **self.attributes},
            of_subject=tuple(dict.fromkeys([*self.of_subject, *other.of_subject])),
        )


PURGE = Action("purge", "remove for good; nobody may: records are kept six years", never=True)


def resource_type(
    name: str,
    title: str,
    actions: Iterable[Action],
    attributes: Iterable[Attribute] = (),
    *,
    owned_by: tuple[str, ...] = (),
    concerns: str = "",
    catalogue: tuple[str, ...] = (),
    hidden: bool = False,
    delegable: tuple[str, ...] = (),
) -> ResourceType:
    """A resource type with its actions and attributes by name; `purge` belongs to every one."""
    known = {attribute.name: attribute for attribute in attributes}
    return ResourceType(
        name=name,
        title=title,
        actions={action.name: action for action in (*actions, PURGE)},
        attributes=known,
        of_subject=tuple(name for name in known if name.startswith(OF_SUBJECT)),
        owned_by=owned_by,
        concerns=concerns,
        catalogue=catalogue,
        hidden=hidden,
        delegable=delegable,
    )


@dataclass(frozen=True, slots=True)
class Scene:
    """What conditions may look at in a practice beside the request; of one moment, like all that is asked of it."""

    settings: PracticeSettings
    memberships: Mapping[Subject, Membership]
    cosigners: frozenset[Subject]
    emergencies: tuple[Emergency, ...] = ()


class Situation(NamedTuple):
    """A request beside everything a condition may look at.

    `asker` is the asker's membership here, None for services and outsiders; `roles` are those in force for the
    asker. A tuple, since one is made for each question and takes a third of the time of a frozen dataclass.
    """

    request: Request
    type: ResourceType
    scene: Scene
    asker: Membership | None
    roles: frozenset[str]
    now: datetime

    def attribute(self, name: str) -> str:
        """What the request says of the resource, empty if it says nothing."""
        return self.request.resource.attributes.get(name, "")

    def member(self, name: str) -> Membership | None:
        """The membership here of the person that an attribute names, active or not."""
        value = self.request.resource.attributes.get(name, "")
        return self.scene.memberships.get(_subject(value)) if value else None


@lru_cache(maxsize=10_000)
def _subject(text: str) -> Subject:
    return Subject.parse(text)


@dataclass(frozen=True, slots=True)
class Condition:
    """A named relation between asker and resource, worked out here and nowhere else.

    `reason` is what a refusal says when this was missing. `needs` are attributes a resource type must have
    for the condition to make sense there. `with_view`: it also demands that the asker may read the resource.
    `narrowing`, for actions that narrow: whether it could hold for some resource of this asker.
    """

    name: str
    words: str
    holds: Callable[[Situation], bool]
    reason: Reason
    needs: tuple[str, ...] = ()
    needs_owner: bool = False
    needs_concerned: bool = False
    with_view: bool = False
    narrowing: Callable[[Situation], bool] | None = None
    only_for: str = field(default="")

    def fits(self, type: ResourceType) -> bool:
        """Whether rules about this resource type may use the condition."""
        return (
            all(name in type.attributes for name in self.needs)
            and (bool(type.owned_by) or not self.needs_owner)
            and (bool(type.concerns) or not self.needs_concerned)
            and self.only_for in ("", type.name)
        )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` for a word close to a known one, otherwise nothing."""
    close = difflib.get_close_matches(word[:100], list(known), n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""
