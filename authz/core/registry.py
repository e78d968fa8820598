"""The registry: what services have told of a practice's resources once, so that not every question has to say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

OF_SUBJECT: Final = "subject."  # leads the names of attributes that are facts about the asker
OF_ACTION: Final = "action."  # and of those about how something is done
Named = tuple[str, str]  # a resource's type and id
Attributes = Mapping[str, str]
NOTHING_STORED: Final[Attributes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource that is registered, with the attributes stored for it; of type `user` or `service` it is a subject."""

    type: str
    id: str
    attributes: Attributes = field(default_factory=dict)

    @property
    def named(self) -> Named:
        """What it is found by in its practice."""
        return self.type, self.id


@dataclass(frozen=True, slots=True)
class Registry:
    """The state of a practice's registry: the revision of its last change, and the types that ever stood in it."""

    at: int = 0
    types: frozenset[str] = frozenset()


EMPTY: Final = Registry()
