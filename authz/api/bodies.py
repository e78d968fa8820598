"""Request bodies as JSON objects, read strictly: what two readers could understand differently is refused."""

from __future__ import annotations

import json
from typing import Final

import orjson
from flask import Request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from authz.core.errors import Unreadable

MEDIA_TYPE: Final = "application/json"
_LONGEST_INTEGER: Final = 20
_INTEGERS: Final = range(-(2**63), 2**64)
_SHOWN: Final = 60
_PART: Final = 65536
_THROWN_AWAY: Final = 32 * 1024 * 1024


def read_object(request: Request, largest: int) -> dict[str, object]:
    """The body of `request`; raises Unreadable, or RequestEntityTooLarge for one of more than `largest` bytes.

    Refused are: another content type or charset, an empty body, bytes that are not UTF-8, NaN and infinities, lone
    surrogates, a key given twice in one object, nesting deeper than the reader goes, anything but an object.
    """
    body = _received(request, largest)
    if request.mimetype != MEDIA_TYPE:
        raise Unreadable(f"the content type must be {MEDIA_TYPE}")
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise Unreadable("the charset must be utf-8")
    return parse_object(body)


def _received(request: Request, largest: int) -> bytes:
    # Werkzeug's own limit cuts a chunked body at its size instead of refusing it, so the bytes are counted here.
    # Most clients read no answer before they have sent all: what is too much is received and thrown away, to a point.
    most = largest + _THROWN_AWAY
    if (request.content_length or 0) > most:
        raise RequestEntityTooLarge
    body, count = bytearray(), 0
    try:
        while count <= most and (part := request.stream.read(_PART)):
            count += len(part)
            if count <= largest:
                body += part
    except HTTPException:
        raise
    except Exception as error:  # each server has its own errors for chunks that are none and for a client that left
        raise Unreadable("the body did not arrive as its headers say") from error
    if count > largest:
        raise RequestEntityTooLarge
    return bytes(body)


def parse_object(body: bytes) -> dict[str, object]:
    """These bytes as a JSON object; raises Unreadable as `read_object` does."""
    if not body.strip():
        raise Unreadable("the body is empty")
    try:
        # orjson knows the grammar to the letter but keeps the last of repeated keys; the second reader sees them.
        orjson.loads(body)
        value = json.loads(body, object_pairs_hook=no_key_twice, parse_int=_integer)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"the body is not JSON: {error}") from error
    except RecursionError as error:
        raise Unreadable("the body is nested too deeply") from error
    if not isinstance(value, dict):
        raise Unreadable("the body must be a JSON object")
    return value


def no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The pairs as an object; raises Unreadable naming a key that stands twice, with one look at each."""
    found = dict(pairs)
    if len(found) < len(pairs):
        # A body can hold a hundred thousand keys.
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Unreadable(f"the key `{twice[:_SHOWN]}` stands twice in one object")
    return found


def _integer(text: str) -> int | float:
    # Beyond 64 bits orjson reads a float, and so must this: both decide the same questions. Where an integer is wanted
    # a float is refused.
    number = int(text) if len(text) <= _LONGEST_INTEGER else None
    return number if number is not None and number in _INTEGERS else float(text)
