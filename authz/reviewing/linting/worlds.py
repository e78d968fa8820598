"""Which conditions can hold together, found by working them out for every state that resource and asker can be in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from typing import Final

from authz.core.decision import Context, Request, Resource
from authz.core.names import Practice, Subject
from authz.core.people import Emergency, Membership, PracticeSettings
from authz.policies import VOCABULARY
from authz.policies.conditions import REPORT_PREFIX, SHIPPED, condition_named
from authz.policies.relations import ADMIN, PRACTITIONER
from authz.policies.vocabulary import Attribute, Condition, ResourceType, Scene, Situation

_HERE: Final = Practice("here")
_ASKER, _OTHER = Subject.user("asker"), Subject.user("other")
_PATIENT: Final = "patient"
_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
# All that only helps a condition is given: nothing is asked to be missing.
_MEMBERS: Final = {
    who: Membership(who, _HERE, seat="provider", cosigner=other, others_can_edit_my_charts=True, erx_enabled=True)
    for who, other in ((_ASKER, _OTHER), (_OTHER, _ASKER))
}
_SCENE: Final = Scene(
    PracticeSettings(_HERE, "Here", _ASKER),
    _MEMBERS,
    frozenset(_MEMBERS),
    (Emergency("e", _HERE, _ASKER, _PATIENT, "reason", _NOW, _NOW + timedelta(hours=1)),),
)
_CONTEXT: Final = Context(reason="reason", epcs_2fa=True)


def can_hold_together(resource: str, conditions: Iterable[str], roles: Collection[str]) -> bool:
    """Whether some question about the type, by somebody who holds these roles, fulfils all of the conditions.

    A no is certain. What a policy pack's own conditions ask for is not known, so they count as fulfilled.
    """
    named = set(conditions)
    if sum(name.startswith(REPORT_PREFIX) for name in named) > 1:
        return False
    held = frozenset(roles) & {PRACTITIONER, ADMIN}
    ever, here = _worlds(resource, frozenset()), _worlds(resource, held)
    common = -1
    for name in named & ever.keys():
        common &= here[name]
    return common != 0


@cache
def _worlds(resource: str, roles: frozenset[str]) -> Mapping[str, int]:
    """By condition, the states in which it holds, a bit for each; without conditions whose states are not known."""
    type = VOCABULARY.types[resource]
    known = [c for name in sorted(SHIPPED) if (c := condition_named(name)) is not None and c.fits(type)]
    masks = dict.fromkeys((condition.name for condition in known), 0)
    needed = {name for condition in known for name in condition.needs} | {*type.owned_by, type.concerns}
    for bit, situation in enumerate(_situations(type, needed, roles)):
        for condition in known:
            masks[condition.name] |= condition.holds(situation) << bit
    return masks if roles else {c.name: masks[c.name] for c in known if masks[c.name] or _settled(c, type)}


def _situations(type: ResourceType, needed: Collection[str], roles: frozenset[str]) -> Iterator[Situation]:
    names = [name for name in type.attributes if name in needed]
    ids = (_ASKER.id, _OTHER.id, *type.catalogue[:1])
    for more in {roles, roles | {PRACTITIONER}}:
        for id, *values in product(ids, *(_values(type.attributes[name]) for name in names)):
            attributes = {name: value for name, value in zip(names, values, strict=True) if value}
            request = Request(_HERE, _ASKER, "", Resource(type.name, id, attributes), _CONTEXT)
            yield Situation(request, type, _SCENE, _MEMBERS[_ASKER], more, _NOW)


def _settled(condition: Condition, type: ResourceType) -> bool:
    """Whether a condition that held in none of the states never holds: all that it looks at was gone through."""
    needed = (type.attributes[name] for name in condition.needs)
    return condition.narrowing is None and all(len(_values(attribute)) > 1 for attribute in needed)


def _values(attribute: Attribute) -> Collection[str]:
    """What an attribute can say, as far as conditions tell it apart."""
    if attribute.name == "patient":
        return (_PATIENT,)
    return {"subject": (str(_ASKER), str(_OTHER), ""), "choice": (*attribute.choices, "")}.get(attribute.kind, ("",))
