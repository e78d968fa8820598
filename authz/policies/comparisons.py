"""The conditions that a policy pack may define: comparisons of attributes, and nothing that could be an expression."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from authz.core.decision import Reason
from authz.core.names import BadName, Subject
from authz.core.registry import OF_ACTION, OF_SUBJECT
from authz.policies.vocabulary import Condition, ResourceType, Situation, did_you_mean

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")
_OF_RESOURCE: Final = "resource."
_SUBJECT, _SUBJECT_ID, _RESOURCE_ID = "subject", "subject.id", "resource.id"
_WORDS: Final = {"is": True, "is_not": False, "same_as": True, "differs_from": False}
_TO_ATTRIBUTES: Final = ("same_as", "differs_from")
REASONS: Final = {reason.value: reason for reason in (Reason.NO_PERMISSION, Reason.OWN_ONLY, Reason.WRONG_STATE)}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values that have to be equal, or to differ. One that is missing makes it false either way."""

    left: Callable[[Situation], str]
    right: Callable[[Situation], str]
    equal: bool
    needs: tuple[str, ...]

    def holds(self, situation: Situation) -> bool:
        """Whether both are known, and are, or are not, the same."""
        left, right = self.left(situation), self.right(situation)
        return bool(left and right) and (left == right) is self.equal


def condition(given: Mapping[str, Any]) -> Condition:
    """The condition that a table states; raises ValueError or TypeError for the first thing that is wrong with it.

    All comparisons in `all` have to hold, and one of those in `any` if there are some.
    """
    unknown = sorted(given.keys() - {"name", "words", "all", "any", "reason"})
    if unknown:
        raise ValueError(f"unknown field `{unknown[0]}`")
    every, some = (_comparisons(given.get(name, []), name) for name in ("all", "any"))
    if not every and not some:
        raise ValueError("has neither `all` nor `any`")
    reason = given.get("reason", Reason.NO_PERMISSION.value)
    if not isinstance(reason, str) or reason not in REASONS:
        raise ValueError(f"`reason` must be one of {', '.join(REASONS)}")

    def holds(situation: Situation) -> bool:
        return all(one.holds(situation) for one in every) and (not some or any(one.holds(situation) for one in some))

    needs = dict.fromkeys(name for one in (*every, *some) for name in one.needs)
    name = _text(given, "name")
    if not _NAME.fullmatch(name):
        raise ValueError("`name` must be letters, digits, _ and -, a letter first")
    return Condition(name, _text(given, "words"), holds, REASONS[reason], tuple(needs))


def unfit(given: Mapping[str, Any], types: Sequence[ResourceType]) -> Iterator[str]:
    """What a condition that could be read compares and must not, in the types that have all its attributes.

    INVARIANT: two values that can never be equal are never compared: where they have to differ, that would always hold.
    """
    listed = [one for name in ("all", "any") for one in given.get(name, [])]
    needed = condition(given).needs
    for type in types:
        if all(name in type.attributes for name in needed):
            for one in listed:
                word = next(name for name in one if name != "attribute")
                left, right = _kind(one["attribute"], type), one[word]
                if word in _TO_ATTRIBUTES:
                    if (left == _SUBJECT) is not (_kind(right, type) == _SUBJECT):
                        never = f"`{one['attribute']}` and `{right}` are never the same"
                        yield f"{never}: only one is a subject such as user:ray"
                else:
                    yield from _no_value(one["attribute"], left, right, type)


def _kind(name: str, type: ResourceType) -> str:
    """What stands in an operand: a `subject` with its kind, or the kind of the attribute."""
    if name in (_SUBJECT, _SUBJECT_ID, _RESOURCE_ID):
        return _SUBJECT if name == _SUBJECT else "text"
    return type.attributes[name.removeprefix(_OF_RESOURCE)].kind


def _no_value(name: str, kind: str, value: str, type: ResourceType) -> Iterator[str]:
    known: tuple[str, ...] = ()
    if kind == "flag":
        known = ("true", "false")
    elif kind == "choice":
        known = type.attributes[name.removeprefix(_OF_RESOURCE)].choices
    if known and value not in known:
        yield f"`{name}` is never `{value}` but one of {', '.join(known)}{did_you_mean(value, known)}"
    if kind == _SUBJECT:
        try:
            Subject.parse(value)
        except BadName as error:
            yield f"`{name}` is never `{value}`: {error}"


def _comparisons(given: object, name: str) -> list[Comparison]:
    if not isinstance(given, list):
        raise TypeError(f"`{name}` must be a list")
    return [_comparison(one) for one in given]


def _comparison(given: object) -> Comparison:
    if not isinstance(given, dict) or len(given) != 2 or "attribute" not in given:
        raise ValueError(f"a comparison has `attribute` and one of {', '.join(_WORDS)}")
    word = next(name for name in given if name != "attribute")
    if word not in _WORDS:
        raise ValueError(f"a comparison knows {', '.join(_WORDS)}, not `{word}`")
    left, needs = _attribute(_text(given, "attribute"))
    value = _text(given, word)
    right, more = _attribute(value) if word in _TO_ATTRIBUTES else (_constant(value), ())
    return Comparison(left, right, _WORDS[word], (*needs, *more))


def _attribute(name: str) -> tuple[Callable[[Situation], str], tuple[str, ...]]:
    """How a value is found, and the attributes that a resource type must have for that."""
    if name == _SUBJECT:
        return (lambda situation: str(situation.request.subject)), ()
    if name == _SUBJECT_ID:
        return (lambda situation: situation.request.subject.id), ()
    if name == _RESOURCE_ID:
        return (lambda situation: situation.request.resource.id), ()
    if name.startswith((OF_SUBJECT, OF_ACTION)):
        known = name
    elif name.startswith(_OF_RESOURCE):
        known = name.removeprefix(_OF_RESOURCE)
    else:
        raise ValueError(f"`{name}` is none of subject, resource.…, subject.… and action.…")
    return (lambda situation: situation.attribute(known)), (known,)


def _constant(value: str) -> Callable[[Situation], str]:
    return lambda _: value


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError(f"`{name}` must be a text")
    return value
