"""A family of endpoints: each view is given its address, its input and its place in the document by one decorator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any, Final, TypeVar

import marshmallow as ma
from flask import Blueprint, Response
from flask_smorest import Blueprint as DocumentedBlueprint  # type: ignore[import-untyped]

from authz.api.paths import PathName
from authz.api.reading import Reader
from authz.api.terms import IF_MATCH, WriteBody, WriteQuery, terms

View = TypeVar("View", bound=Callable[..., Response])
_OF_EVERY_CALLER: Final = (401, 503)
_OF_EVERY_WRITE: Final = (403, 404, 409, 412)


class _Documented(DocumentedBlueprint):  # type: ignore[misc]
    """The library's blueprint with our strict reader."""

    ARGUMENTS_PARSER = Reader()


class Family:
    """Endpoints that belong together; `blueprint` is what the application registers."""

    def __init__(self, name: str, description: str) -> None:
        self.blueprint = _Documented(name, f"authz.api.{name}", description=description)

    def endpoint(
        self,
        method: str,
        path: str,
        answer: Mapping[str, object],
        problems: Sequence[int] = (),
        *,
        status: int = 200,
        body: type[ma.Schema] | None = None,
        query: type[ma.Schema] | None = None,
        names: Sequence[PathName] = (),
        headers: Sequence[Mapping[str, object]] = (),
        public: bool = False,
        media: str = "application/json",
        texts: Sequence[str] = (),
    ) -> Callable[[View], View]:
        """Serves a view at an address, with its input checked by a schema, and documents all of it.

        The view gets what the query holds, then the body, then the names in the address by their names, as names of
        the core. `problems` are the failures that this view adds to those that every one has; `texts` are the media in
        which it answers as well, where `Accept` asks for them.
        """
        expected = {*problems, *(() if public else _OF_EVERY_CALLER), *((422,) if body or query else ())}
        expected |= ({400, 413} if body else set()) | ({414} if query else set())
        content = {media: {"schema": answer}, **{text: {"schema": {"type": "string"}} for text in texts}}
        responses: dict[str, object] = {str(status): {"description": HTTPStatus(status).phrase, "content": content}}
        responses |= {str(code): {"$ref": f"#/components/responses/Problem{code}"} for code in sorted(expected)}
        described = {"responses": responses, **({"security": []} if public else {})}

        def serve(view: View) -> View:
            served: Any = _with_names(view, names)
            for schema, location in ((body, "json"), (query, "query")):
                if schema is not None:
                    optional = getattr(schema, "optional", False) and location == "json"
                    served = self.blueprint.arguments(schema, location=location, required=not optional)(served)
            # Headers of our own take the place of what the library says of the query, so that it is said here again.
            told = [*headers, *([{"in": "query", "schema": query}] if query else [])]
            served = self.blueprint.doc(**described, **({"parameters": told} if headers else {}))(served)
            parameters = [name.documented() for name in names]
            self.blueprint.add_url_rule(path, view.__name__, served, methods=[method], parameters=parameters)
            return view

        return serve

    def write(
        self,
        method: str,
        path: str,
        answer: Mapping[str, object],
        *,
        status: int = 200,
        body: type[WriteBody] = WriteBody,
        names: Sequence[PathName] = (),
    ) -> Callable[[View], View]:
        """Serves a view that changes something: it gets the terms of the write first, then the body, then the names."""

        def serve(view: View) -> View:
            @wraps(view)
            def on_terms(query: dict[str, Any], given: dict[str, Any], **named: Any) -> Response:
                return view(terms(query, given), given, **named)

            served: Any = on_terms
            self.endpoint(
                method,
                path,
                answer,
                _OF_EVERY_WRITE,
                status=status,
                body=body,
                query=WriteQuery,
                names=names,
                headers=[IF_MATCH],
            )(served)
            return view

        return serve

    def undocumented(self, path: str, view: Callable[..., Response]) -> None:
        """Serves a view that is no part of the contract with GET."""
        Blueprint.add_url_rule(self.blueprint, path, view.__name__, view, methods=["GET"])


def _with_names(view: Callable[..., Response], names: Sequence[PathName]) -> Callable[..., Response]:
    known = {name.name: name for name in names}

    @wraps(view)
    def read(*given: Any, **named: Any) -> Response:
        return view(*given, **{name: known[name].read(text) for name, text in named.items()})

    return read if names else view
