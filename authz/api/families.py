"""A family of endpoints: each view is given its address, its input and its place in the document by one decorator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, TypeVar

import marshmallow as ma
from flask import Blueprint, Response
from flask_smorest import Blueprint as DocumentedBlueprint  # type: ignore[import-untyped]

from authz.api.reading import Reader

View = TypeVar("View", bound=Callable[..., Response])
_OF_EVERY_CALLER: Final = (401, 503)


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
        names: Sequence[Mapping[str, object]] = (),
        public: bool = False,
    ) -> Callable[[View], View]:
        """Serves a view at an address, with its input checked by a schema, and documents all of it.

        `problems` are the failures that this view adds to those that every one has.
        """
        expected = {*problems, *(() if public else _OF_EVERY_CALLER), *((422,) if body or query else ())}
        expected |= {400, 413} if body else set()
        responses: dict[str, object] = {
            str(status): {"description": HTTPStatus(status).phrase, "content": {"application/json": {"schema": answer}}}
        }
        responses |= {str(code): {"$ref": f"#/components/responses/Problem{code}"} for code in sorted(expected)}
        described = {"responses": responses, **({"security": []} if public else {})}

        def serve(view: View) -> View:
            served: Any = view
            for schema, location in ((body, "json"), (query, "query")):
                if schema is not None:
                    served = self.blueprint.arguments(schema, location=location)(served)
            served = self.blueprint.doc(**described)(served)
            self.blueprint.add_url_rule(path, view.__name__, served, methods=[method], parameters=list(names))
            return view

        return serve

    def undocumented(self, path: str, view: Callable[..., Response]) -> None:
        """Serves a view that is no part of the contract with GET."""
        Blueprint.add_url_rule(self.blueprint, path, view.__name__, view, methods=["GET"])


def named(name: str, pattern: str, example: str) -> dict[str, object]:
    """A name in a path, for the document."""
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}
