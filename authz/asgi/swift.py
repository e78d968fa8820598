"""Questions read at less cost where every part is plainly right, and by `authz.policies.asking` where not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from authz.core.decision import Context, Request, Resource
from authz.core.names import Practice, Subject
from authz.policies import VOCABULARY
from authz.policies.asking import LONGEST_TEXT, question
from authz.policies.vocabulary import ResourceType

_NAMES: Final = 20_000
_NO_CONTEXT: Final = Context()
_NO_ATTRIBUTES: Final[dict[str, Any]] = {}
_TYPES: Final[Mapping[Any, ResourceType]] = VOCABULARY.types

# Names are values: one that was read once is the same for ever. Raises BadName, or AttributeError for no text.
practice_of: Final = lru_cache(_NAMES)(Practice.parse)
subject_of: Final = lru_cache(_NAMES)(Subject.parse)


def question_of(
    practice: Practice, value: Mapping[str, Any], subject: str | None = None, context: dict[str, Any] | None = None
) -> Request:
    """The Request that `question` makes of these values; raises what `question` raises, TypeError and KeyError.

    `subject` and `context` are for values that say nothing of theirs.
    """
    resource, action = value["resource"], value["action"]
    who = value["subject"] if subject is None else value.get("subject", subject)
    found = None
    if context is None and "context" not in value and type(resource) is dict:
        found = _resource(resource, action)
    if found is not None:
        return Request(practice, subject_of(who), action, found, _NO_CONTEXT)
    given = value.get("context", context)
    if "context" in value and type(given) is not dict:
        raise TypeError("a context is an object")
    return question(practice, who, action, resource, given)


def _resource(given: dict[str, Any], action: Any) -> Resource | None:
    """The resource, if nothing about it asks for a second look."""
    type_ = _TYPES.get(given["type"])
    id, attributes = given.get("id"), given.get("attributes", _NO_ATTRIBUTES)
    if type_ is None or action not in type_.actions or type(attributes) is not dict:
        return None
    if len(given) != 1 + ("id" in given) + ("attributes" in given) or ("id" in given and not _line(id)):
        return None
    known = type_.attributes
    for name, value in attributes.items():
        attribute = known.get(name)
        if attribute is None:
            return None
        if attribute.kind == "subject":
            subject_of(value)
        elif attribute.kind == "flag" or not (
            value in attribute.choices if attribute.kind == "choice" else _line(value)
        ):
            return None
    return Resource(type_.name, id or "", attributes)


def _line(value: Any) -> bool:
    return type(value) is str and 0 < len(value) <= LONGEST_TEXT and value.isprintable()
