"""The vocabulary as one object: resource types, conditions and reports, looked up by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from authz.core.names import KINDS
from authz.policies.vocabulary import Attribute, Condition, ResourceType

_AS_THEY_ARE: Final = MappingProxyType({kind: kind for kind in KINDS})


class Vocabulary:
    """All that policies and requests may name. Every name is unique in its list."""

    def __init__(
        self,
        types: Iterable[ResourceType],
        conditions: Mapping[str, Condition],
        reports: Mapping[str, str],
        subject_kinds: Mapping[str, str] = _AS_THEY_ARE,
    ) -> None:
        """`subject_kinds` tells which kind of subject is meant by a type of subject as other standards write it."""
        listed = tuple(types)
        self.types: Mapping[str, ResourceType] = MappingProxyType({type.name: type for type in listed})
        self.conditions = conditions
        self.reports = reports
        self.subject_kinds = subject_kinds
        if len(self.types) != len(listed):
            raise ValueError("two resource types have the same name")

    def as_json(self) -> dict[str, object]:
        """The vocabulary for programs and people, every name beside its meaning in words."""
        return {
            "resource_types": [_type_as_json(type) for type in self.types.values()],
            "conditions": [{"name": c.name, "meaning": c.words} for c in self.conditions.values()],
            "reports": [{"id": id, "title": title} for id, title in self.reports.items()],
        }


def extended(types: Iterable[ResourceType], more: Iterable[ResourceType]) -> Iterable[ResourceType]:
    """These types and `more`, whose actions and attributes are added to a type of the same name, if there is one."""
    found = {type.name: type for type in types}
    for each in more:
        known = found.get(each.name)
        found[each.name] = each if known is None else known.with_more(each)
    return found.values()


def _type_as_json(type: ResourceType) -> dict[str, object]:
    return {
        "name": type.name,
        "title": type.title,
        "actions": [
            {
                "name": action.name,
                "meaning": action.words,
                "always_requires": list(action.guards),
                "never_allowed": action.never,
                "delegable": action.name in type.delegable,
            }
            for action in type.actions.values()
        ],
        "attributes": [_attribute_as_json(attribute) for attribute in type.attributes.values()],
    }


def _attribute_as_json(attribute: Attribute) -> dict[str, object]:
    described: dict[str, object] = {"name": attribute.name, "kind": attribute.kind, "meaning": attribute.words}
    if attribute.choices:
        described["choices"] = list(attribute.choices)
    return described
