"""What a question leaves out is filled in from the registry; what its caller may not state is left out of account."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Request
from authz.core.names import Practice
from authz.core.people import PracticeSettings
from authz.core.ports import Store
from authz.core.registry import NOTHING_STORED, OF_SUBJECT, Attributes, Named
from authz.policies import VOCABULARY

MOST_KEPT: Final = 20_000
_AT_ONCE: Final = 500
Known = tuple[int, Mapping[Named, Attributes]]  # what is stored, and the revision of the registry's last change then


class Registered:
    """Completes questions; remembers what is stored for the last resources and subjects asked about.

    INVARIANT: a question is completed with what was stored at the very state of the registry that its policy is of.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[Practice, Named], tuple[int, Attributes]] = OrderedDict()
        self._lock = threading.Lock()

    def completed(
        self, held: PolicyHeld, requests: Sequence[Request], known: Known | None = None
    ) -> Sequence[Request] | None:
        """The questions as they are decided; None if the registry has changed since this policy was read.

        Raises StoreUnavailable. `known` is what the caller has read of the registry itself.
        """
        if not held.completes:
            return requests
        found: dict[Named, Attributes] = dict(known[1]) if known and known[0] == held.registry.at else {}
        read = self.load(held, [name for name in _names(held, requests) if name not in found])
        if read is None:
            return None
        found.update(read)
        return [complete(held.scene.settings, request, found) for request in requests]

    def load(self, held: PolicyHeld, names: Collection[Named]) -> dict[Named, Attributes] | None:
        """What is stored under these names, read where it is not remembered; None if the registry has changed."""
        found = self._remembered(held, names)
        missing = [name for name in names if name not in found]
        for start in range(0, len(missing), _AT_ONCE):
            part = missing[start : start + _AT_ONCE]
            at, stored = self._store.registered(held.practice, part)
            if at != held.registry.at:
                return None
            read = {name: stored.get(name, NOTHING_STORED) for name in part}
            self._remember(held, read)
            found.update(read)
        return found

    def unknown(self, held: PolicyHeld, requests: Iterable[Request]) -> frozenset[Named]:
        """What would have to be read to complete these."""
        names = _names(held, requests)
        return frozenset(names).difference(self._remembered(held, names))

    def completed_from_memory(self, held: PolicyHeld, requests: Sequence[Request]) -> Sequence[Request] | None:
        """The same without the database; None if something is not remembered."""
        if not held.completes:
            return requests
        wanted = _names(held, requests)
        found = self._remembered(held, wanted)
        if len(found) < len(wanted):
            return None
        return [complete(held.scene.settings, request, found) for request in requests]

    def _remembered(self, held: PolicyHeld, names: Iterable[Named]) -> dict[Named, Attributes]:
        found: dict[Named, Attributes] = {}
        with self._lock:
            for name in names:
                kept = self._kept.get((held.practice, name))
                if kept is not None and kept[0] == held.registry.at:
                    self._kept.move_to_end((held.practice, name))
                    found[name] = kept[1]
        return found

    def _remember(self, held: PolicyHeld, read: Mapping[Named, Attributes]) -> None:
        with self._lock:
            for name, attributes in read.items():
                self._kept[held.practice, name] = held.registry.at, attributes
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)


def _names(held: PolicyHeld, requests: Iterable[Request]) -> list[Named]:
    """What has to be known of the registry to complete these, each name once."""
    registered = held.registry.types
    found: dict[Named, None] = {}
    for request in requests:
        found |= dict.fromkeys(name for name in named_by(request) if name[0] in registered)
    return [*found]


def named_by(request: Request) -> Iterator[Named]:
    """What a registry could have to say about this question: the resource, and the asker where that counts."""
    type, id = request.resource.type, request.resource.id
    if id:
        yield type, id
    if VOCABULARY.types[type].of_subject:
        yield request.subject.kind, request.subject.id


def complete(settings: PracticeSettings, request: Request, stored: Mapping[Named, Attributes]) -> Request:
    """The question as it is decided where this is stored: what callers may not state here is left out of account."""
    resource = request.resource
    type = VOCABULARY.types[resource.type]
    attributes = {n: v for n, v in stored.get((type.name, resource.id), NOTHING_STORED).items() if n in type.attributes}
    if type.of_subject:
        own = stored.get((request.subject.kind, request.subject.id), NOTHING_STORED)
        attributes |= {n: own[n.removeprefix(OF_SUBJECT)] for n in type.of_subject if n.removeprefix(OF_SUBJECT) in own}
    for name, value in resource.attributes.items():
        if settings.lets_state(type.name, name):
            attributes[name] = value
    return request._replace(resource=resource._replace(attributes=attributes))
