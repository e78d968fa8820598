"""Things of the core as the rows of a table or of a JSON answer, and lists read to their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from authz.core.names import Practice, Subject

_Thing = TypeVar("_Thing")
PAGE = 500


def row_of(thing: Any, *without: str) -> dict[str, object]:
    """The fields of a thing under their names, as plain values."""
    return {field.name: plain(getattr(thing, field.name)) for field in fields(thing) if field.name not in without}


def plain(value: object) -> object:
    """A value as JSON has it: names as texts, moments in ISO 8601."""
    if isinstance(value, Practice):
        return value.id
    if isinstance(value, Subject):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return {name: plain(of) for name, of in sorted(value.items())}
    return value


def every(read: Callable[[Any, int], Sequence[_Thing]], place: Callable[[_Thing], Any], first: Any) -> Iterator[_Thing]:
    """All that a paged list holds; `read` takes the place to go on from and how many are wanted."""
    page = read(first, PAGE)
    while page:
        yield from page
        page = read(place(page[-1]), PAGE)
