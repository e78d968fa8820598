"""Whom and what a search looks at: those known in the practice, and what is registered there, in order of their ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from authz.api.auth import services
from authz.checking.completing import Known
from authz.core.names import Practice
from authz.core.registry import Attributes, Named
from authz.policies import VOCABULARY

AT_ONCE: Final = 250
_ROLES: Final = {"role": "role", "analytics_role": "analytics"}


class Candidates(NamedTuple):
    """Some ids in their order, and what was read of the registry with them; `last` if no others follow."""

    ids: list[str]
    known: Known | None
    last: bool


def subjects_of(practice: Practice, type: str, after: str) -> Candidates:
    """The subjects of a type that are known in the practice."""
    kind = VOCABULARY.subject_kinds.get(type)
    askers = services().checker.held(practice).askers
    return _part(sorted(who.id for who in askers if who.kind == kind and who.id > after))


def resources_of(practice: Practice, type: str, after: str) -> Candidates:
    """The resources of a type that are registered, and those that the service knows of itself."""
    own = sorted(id for id in _known_here(practice, type) if id > after)
    if type not in services().checker.held(practice).registry.types:
        return _part(own)
    at, entries = services().store.entries(practice, type, after, AT_ONCE)
    stored: dict[Named, Attributes] = {entry.named: entry.attributes for entry in entries}
    full = len(entries) == AT_ONCE
    # Beyond the last entry read there may be others that come before what the service knows itself.
    ids = sorted({*(e.id for e in entries), *(id for id in own if not full or id <= entries[-1].id)})
    return Candidates(ids, (at, stored), not full)


def actions_of(type: str, after: str) -> Candidates:
    """The actions that can be done to a type."""
    known = VOCABULARY.types.get(type)
    return _part(sorted(name for name in (known.actions if known else ()) if name > after))


def _part(ids: list[str]) -> Candidates:
    return Candidates(ids[:AT_ONCE], None, len(ids) <= AT_ONCE)


def _known_here(practice: Practice, type: str) -> Iterator[str]:
    """The ids of what is kept here anyway: the members, the roles, the catalogues of the vocabulary."""
    if type == "user":
        yield from (who.id for who in services().checker.held(practice).scene.memberships)
    elif type in _ROLES:
        yield from (role.id for role in services().store.roles(practice) if role.kind == _ROLES[type])
    elif type in VOCABULARY.types:
        yield from VOCABULARY.types[type].catalogue
