"""A practice's record as JSON Lines: what is sealed of each event, then a summary that says where the record ends."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from authz.core.names import Practice
from authz.core.ports import Store
from authz.core.record import Checkpoint, SealedEvent
from authz.reviewing.checkpoints import line_of, moment_of

PAGE: Final = 100


def exported(store: Store, end: Checkpoint, strays: Sequence[SealedEvent] = (), since: int = 0) -> Iterator[bytes]:
    """The events after number `since` up to `end`, whole lines, a page at a time; `end` is the last line.

    Where `since` is not 0 the first line is the checkpoint after which the export goes on. `strays` are told before
    the last line: somebody put them in. Raises StoreUnavailable; what came before then has no checkpoint at its end,
    by which everybody sees that it is cut short.
    """
    practice, after = end.practice, since
    if since:
        yield _begin(store, practice, since)
    while page := store.sealed_events(practice, after, end.seq, PAGE):
        yield _lines(page)
        after = page[-1].seq
    if strays:
        yield _lines(strays)
    yield _line(end)


def _begin(store: Store, practice: Practice, seq: int) -> bytes:
    """The checkpoint that was taken after event `seq`; one that fits nothing where that event is gone."""
    for event in store.sealed_events(practice, seq - 1, seq):
        facts = json.loads(event.line)
        return _line(Checkpoint(practice, seq, str(facts["hash"]), moment_of(facts["at"])))
    return _line(Checkpoint(practice, seq, "0" * 64))


def _line(checkpoint: Checkpoint) -> bytes:
    return f"{line_of(checkpoint)}\n".encode()


def _lines(events: Sequence[SealedEvent]) -> bytes:
    return "".join(f"{event.line}\n" for event in events).encode()
