"""Lists in pages: nothing is cut silently, and a page goes on exactly where the one before ended."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

import marshmallow as ma

from authz.api.documented import list_of
from authz.api.fields import Body, Counted, Plain

Item = TypeVar("Item")
MOST: Final = 1000
_WORDS: Final = "must be the `next` of the page before"


class PageQuery(Body):
    """Which part of a list is wanted."""

    limit = Counted(MOST, load_default=100)
    cursor = Plain(metadata={"description": "the `next` of the page before"})

    @ma.validates("cursor")
    def _cursor(self, cursor: str, data_key: str) -> None:
        place_of(cursor)


def place_of(cursor: str | None) -> str:
    """The place in the list that a cursor stands for; raises ValidationError for a text that never was one."""
    if not cursor:
        return ""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        place = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise ma.ValidationError(_WORDS) from error
    if not place.isprintable():
        raise ma.ValidationError(_WORDS)
    return place


def cursor_at(place: str) -> str:
    """The cursor for a place."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def page(
    items: Iterable[Item], query: Mapping[str, Any], place: Callable[[Item], str], show: Callable[[Item], object]
) -> dict[str, object]:
    """A page of a list that is in the order of the places of its items."""
    after, limit = place_of(query.get("cursor")), query["limit"]
    found = [item for item in items if place(item) > after][: limit + 1]
    following = cursor_at(place(found[limit - 1])) if len(found) > limit else None
    return {"items": [show(item) for item in found[:limit]], "next": following}


def page_of(item: Mapping[str, object]) -> dict[str, object]:
    """The schema of a page's fields."""
    return {"items": list_of(item), "next": {"type": ["string", "null"]}}
