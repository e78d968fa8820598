"""What may be stored of resources and of subjects: the attributes that questions about them could state themselves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from authz.core.errors import Invalid
from authz.core.names import KINDS, BadName, Subject
from authz.core.registry import OF_ACTION, OF_SUBJECT, Entry
from authz.policies import VOCABULARY
from authz.policies.administration import SETTLED
from authz.policies.asking import Reading
from authz.policies.vocabulary import Attribute, did_you_mean


def entry(type: str, id: str, attributes: Mapping[str, object], path: str = "") -> Entry:
    """The entry that these values state; raises Invalid naming every bad field, each path led by `path`."""
    reading = Reading(path)
    known = storable(type)
    if known is None:
        reading.wrong(
            "type", f"nothing is stored of a resource type `{type[:100]}`{did_you_mean(type, VOCABULARY.types)}"
        )
    text = reading.text("id", id)
    if type in KINDS and text and not _a_subject(type, text):
        reading.wrong("id", f"no {type} can be called that")
    stored = {}
    for name, value in attributes.items():
        attribute = (known or {}).get(name)
        if attribute is not None:
            stored[name] = reading.attribute(f"attributes.{name}", attribute, value)
        elif known is not None:
            reading.wrong(f"attributes.{name[:100]}", f"`{type}` has no such attribute{reading.hint(name, known)}")
    if reading.errors:
        raise Invalid(reading.errors)
    return Entry(type, text, stored)


def storable(type: str) -> Mapping[str, Attribute] | None:
    """The attributes that may be stored for a resource of this type, or a subject of this kind; None for neither."""
    # Only names that are known are remembered: any others may be as many and as long as callers like.
    return _storable(type) if type in KINDS or type in VOCABULARY.types else None


@lru_cache
def _storable(type: str) -> Mapping[str, Attribute] | None:
    found: dict[str, Attribute] = {}
    if type in KINDS:
        for each in VOCABULARY.types.values():
            found |= {n.removeprefix(OF_SUBJECT): a for n, a in each.attributes.items() if n.startswith(OF_SUBJECT)}
    elif type in SETTLED:
        return None
    if type in VOCABULARY.types:
        own = VOCABULARY.types[type].attributes
        found |= {name: a for name, a in own.items() if not name.startswith((OF_SUBJECT, OF_ACTION))}
    return found


def _a_subject(kind: str, id: str) -> bool:
    try:
        return bool(Subject(kind, id))
    except BadName:
        return False
