"""What was stored of some resources at an earlier revision, told again from the record of their registrations."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from authz.core.errors import StoreUnavailable
from authz.core.names import Practice
from authz.core.ports import Store
from authz.core.record import EventQuery, RecordedEvent
from authz.core.registry import Attributes, Named
from authz.managing.registry import MANY, REGISTERED, shown

_PAGE: Final = 25  # an event may tell of a thousand resources


def registered_then(
    store: Store, practice: Practice, names: Collection[Named], revision: int
) -> Mapping[Named, Attributes]:
    """What was stored under those of these names that were registered at this revision of the practice.

    Raises NotFound for no such practice, StoreUnavailable for a record that was made unreadable.
    """
    found: dict[Named, Attributes] = {}
    for name in names:
        last: RecordedEvent | None = None
        for target in (shown(name), MANY):
            for event in _told(store, practice, target, revision):
                tells = shown(name) in event.event.before or shown(name) in event.event.after
                if tells and (last is None or event.seq > last.seq):
                    last = event
        if last is not None and (stored := last.event.after.get(shown(name))) is not None:
            found[name] = _attributes(practice, stored)
    return found


def _told(store: Store, practice: Practice, target: str, revision: int) -> Iterator[RecordedEvent]:
    """The registrations of one resource, or of several at once, up to a revision."""
    wanted, after = EventQuery(action=REGISTERED, subject=target), 0
    while page := store.events(practice, after, _PAGE, wanted):
        for event in page:
            if event.revision > revision:
                return
            if event.unreadable:
                raise StoreUnavailable(
                    f"event {event.seq} of `{practice}` cannot be read; `authz audit verify` names it"
                )
            yield event
        after = page[-1].seq


def _attributes(practice: Practice, stored: object) -> Attributes:
    if not isinstance(stored, Mapping) or not all(isinstance(value, str) for value in stored.values()):
        raise StoreUnavailable(f"a registration in the record of `{practice}` cannot be read")
    return dict(stored)
