"""How the input of an endpoint is read: strictly, and with every bad field told at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn
from urllib.parse import unquote_to_bytes

import marshmallow as ma
from flask import Request
from webargs.flaskparser import FlaskParser

from authz.api.auth import services
from authz.api.bodies import read_object
from authz.api.fields import SHOWN, Body
from authz.core.errors import FieldError, Invalid, Unreadable

_UNKNOWN: Final = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": ma.RAISE}


class Reader(FlaskParser):
    """Puts the strict reading of bodies and our own error in the place of the library's."""

    DEFAULT_UNKNOWN_BY_LOCATION = _UNKNOWN

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """The body, read strictly."""
        if getattr(schema, "optional", False) and not req.content_length and not req.headers.get("Transfer-Encoding"):
            return {}
        return read_object(req, services().settings.max_body_bytes)

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """The query as a plain mapping; a name that stands twice comes as a list, which no field takes."""
        _text_of(req.query_string)
        return {name: values[0] if len(values) == 1 else values for name, values in req.args.lists()}

    def handle_error(self, error: ma.ValidationError, req: Request, schema: ma.Schema, **kwargs: Any) -> NoReturn:
        """Raises Invalid with every bad field."""
        # webargs puts the location (`json`, `query`) above the messages; a path begins below it.
        messages = error.messages if isinstance(error.messages, dict) else {"": error.messages}
        found = [e for below in messages.values() for e in flattened(below)]
        twice = {name for name, values in req.args.lists() if len(values) > 1} if "query" in messages else set()
        found = [FieldError(e.path, "must stand once only") if e.path in twice else e for e in found]
        told = {e.path for e in found}
        if isinstance(schema, Body):
            found += [e for e in schema.further(error.data) if e.path not in told]
        raise Invalid(found) from error


def _text_of(query: bytes) -> str:
    # Flask puts a replacement character where bytes are no text; what was meant there is anybody's guess.
    try:
        return unquote_to_bytes(query).decode()
    except UnicodeDecodeError as error:
        raise Unreadable("the query is not UTF-8") from error


def flattened(messages: object, path: str = "") -> Iterator[FieldError]:
    """Marshmallow's tree of messages as dotted paths, each with its message."""
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            name = str(key) if len(str(key)) <= SHOWN else f"{str(key)[:SHOWN]}…"
            yield from flattened(below, path if key == "_schema" else f"{path}.{name}".lstrip("."))
    elif isinstance(messages, list):
        for message in messages:
            yield from flattened(message, path)
    else:
        yield FieldError(path, str(messages))
