"""What an AuthZEN evaluation asks in the words of the policy; what it cannot mean here is a no and never an error."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from authz.api.authzen.shapes import Deed, Entity, Evaluation
from authz.core.decision import Context, Reason, Request, Resource
from authz.core.names import BadName, Practice, Subject
from authz.core.registry import OF_ACTION, OF_SUBJECT
from authz.policies import VOCABULARY
from authz.policies.asking import LONGEST_REASON, LONGEST_TEXT
from authz.policies.vocabulary import Attribute, ResourceType

_NO_CONTEXT: Final = Context()
_NAMES: Final = 20_000
# INVARIANT: a resource tells nothing of the asker or the action, whatever its properties are called.
_OF_OTHERS: Final = (OF_SUBJECT, OF_ACTION)
_SHOWN: Final = 100  # characters of a word that is not known


class Meant(NamedTuple):
    """A question of the policy, or why there can be none; `explain`: the caller wants to be told reasons.

    `subject` is whom it is about, None if nobody here can be called that. `doubtful` names attributes of which
    something was said that cannot be read; the question is put without them. `unknown` tells of a word that the policy
    does not have, so that whoever misspelt it finds out.
    """

    subject: Subject | None
    request: Request | None
    refusal: Reason | None
    explain: bool
    problem: str = ""
    doubtful: tuple[str, ...] = ()
    unknown: str = ""


def meant(practice: Practice, asked: Evaluation) -> Meant:
    """The question that an evaluation puts to this practice."""
    explain = asked.context.get("explain") is True
    subject = subject_of(asked.subject.type, asked.subject.id)
    if subject is None:
        of = asked.subject.type
        unknown = "" if of in VOCABULARY.subject_kinds else f"there is no type of subject `{of[:_SHOWN]}`"
        return Meant(None, None, Reason.UNKNOWN_SUBJECT, explain, unknown=unknown)
    type = VOCABULARY.types.get(asked.resource.type)
    if type is None:
        unknown = f"there is no type of resource `{asked.resource.type[:_SHOWN]}`"
        return Meant(subject, None, Reason.NO_PERMISSION, explain, unknown=unknown)
    if asked.action.name not in type.actions:
        unknown = f"`{type.name}` has no action `{asked.action.name[:_SHOWN]}`"
        return Meant(subject, None, Reason.NO_PERMISSION, explain, unknown=unknown)
    if not is_line(asked.resource.id):
        return Meant(subject, None, Reason.NO_PERMISSION, explain)
    # INVARIANT: a fact that rules look at and that cannot be read is not taken for one that was left out.
    context = _context(asked.context)
    if context is None:
        return Meant(subject, None, Reason.NO_PERMISSION, explain, "`context.authenticated_at` is no moment")
    attributes, doubtful = _attributes(type, asked.resource, asked.subject, asked.action)
    resource = Resource(type.name, asked.resource.id, attributes)
    problem = f"`{_written(doubtful[0])}` cannot be read" if doubtful else ""
    request = Request(practice, subject, asked.action.name, resource, context)
    return Meant(subject, request, None, explain, problem, doubtful)


def subject_of(type: str, id: str) -> Subject | None:
    """The subject of this type and id; None if nobody here can be called that."""
    kind = VOCABULARY.subject_kinds.get(type)
    # INVARIANT: what is remembered is no longer than a name, for strangers' bodies come here too.
    return _subject(kind, id) if kind is not None and len(id) <= LONGEST_TEXT else None


@lru_cache(_NAMES)
def _subject(kind: str, id: str) -> Subject | None:
    try:
        return Subject(kind, id)
    except BadName:
        return None


def _attributes(
    type: ResourceType, resource: Entity, subject: Entity, action: Deed
) -> tuple[dict[str, str], tuple[str, ...]]:
    """What is said of the attributes that the type knows, and the names of those that cannot be read."""
    found: dict[str, str] = {}
    doubtful: list[str] = []
    for lead, given in (("", resource.properties), (OF_SUBJECT, subject.properties), (OF_ACTION, action.properties)):
        for name, value in given.items():
            attribute = type.attributes.get(f"{lead}{name}")
            if attribute is None or value is None or (not lead and name.startswith(_OF_OTHERS)):
                continue
            text = _text(attribute, value)
            if text is None:
                doubtful.append(attribute.name)
            else:
                found[attribute.name] = text
    return found, tuple(doubtful)


def _written(attribute: str) -> str:
    """Where an attribute stands in an evaluation."""
    entity, _, name = attribute.rpartition(".")
    return f"{entity or 'resource'}.properties.{name}"


def _text(attribute: Attribute, value: object) -> str | None:
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, int):
        value = str(value)
    if not isinstance(value, str) or not value or not is_line(value):
        return None
    if attribute.kind == "choice" and value not in attribute.choices:
        return None
    if attribute.kind == "flag" and value not in ("true", "false"):
        return None
    return None if attribute.kind == "subject" and not _names_a_subject(value) else value


@lru_cache(_NAMES)
def _names_a_subject(text: str) -> bool:
    try:
        return bool(Subject.parse(text))
    except BadName:
        return False


def _context(given: Mapping[str, Any]) -> Context | None:
    """The circumstances that rules look at; None if the one that could make a no of a yes cannot be read."""
    if not given or given.keys().isdisjoint({"authenticated_at", "reason", "epcs_2fa"}):
        return _NO_CONTEXT
    began = None
    if given.get("authenticated_at") is not None:
        try:
            began = datetime.fromisoformat(given["authenticated_at"])
        except (TypeError, ValueError):
            return None
        if began.utcoffset() is None:
            return None
    reason = given.get("reason")
    usable = isinstance(reason, str) and len(reason) <= LONGEST_REASON and " ".join(reason.split()).isprintable()
    return Context(began, str(reason) if usable else "", given.get("epcs_2fa") is True)


def is_line(text: str) -> bool:
    """Whether this can be an id or a value: short enough, and printable."""
    return len(text) <= LONGEST_TEXT and text.isprintable()
