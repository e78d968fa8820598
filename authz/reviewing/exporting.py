"""A practice's record as JSON Lines: what is sealed of each event, then a summary that says where the record ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from authz.core.ports import Store
from authz.core.record import Checkpoint, SealedEvent
from authz.reviewing.checkpoints import line_of

PAGE: Final = 100


def exported(store: Store, end: Checkpoint, strays: Sequence[SealedEvent] = (), since: int = 0) -> Iterator[bytes]:
    """The events after number `since` up to `end`, whole lines, a page at a time; `end` is the last line.

    `strays` are told too, before the summary: somebody put them in. Raises StoreUnavailable; what came before then has
    no summary, by which everybody sees that it is cut short.
    """
    practice, after = end.practice, since
    while page := store.sealed_events(practice, after, end.seq, PAGE):
        yield _lines(page)
        after = page[-1].seq
    if strays:
        yield _lines(strays)
    yield f"{line_of(end)}\n".encode()


def _lines(events: Sequence[SealedEvent]) -> bytes:
    return "".join(f"{event.line}\n" for event in events).encode()
