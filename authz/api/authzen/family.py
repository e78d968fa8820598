"""A family of AuthZEN endpoints: JSON objects in and out, failures in AuthZEN's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from flask import Response

from authz.api.documented import TEXT, an_object
from authz.api.families import Family
from authz.api.paths import PRACTICE, PathName
from authz.core.names import Practice

_ERROR: Final = an_object({"error": an_object({"status": {"type": "integer"}, "message": TEXT})})
_FAILURES: Final = {
    400: "The request is not as the specification has it",
    401: "No key or token, or one that is not good",
    403: "The caller may not ask this",
    404: "No such practice, or not the caller's to know",
    413: "The body is too large",
    503: "The database does not answer",
}
OBJECT: Final[dict[str, object]] = {"type": "object", "additionalProperties": True}
ENTITY: Final = {
    "type": "object",
    "required": ["type", "id"],
    "properties": {"type": TEXT, "id": TEXT, "properties": OBJECT},
}
NAMED: Final = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "properties": OBJECT}}
KIND: Final = {"type": "object", "required": ["type"], "properties": {"type": TEXT, "properties": OBJECT}}
DECISION: Final = an_object({"decision": {"type": "boolean"}}, {"context": OBJECT})


class AuthzenFamily(Family):
    """Endpoints below a practice's own address."""

    def asked(
        self, path: str, body: Mapping[str, object], answer: Mapping[str, object]
    ) -> Callable[[Callable[[Practice], Response]], Callable[[Practice], Response]]:
        """Serves a view with POST below `/practices/{practice}` and documents it; the view reads the body itself."""
        responses: dict[str, object] = {"200": _content("What was decided", answer)}
        responses |= {str(status): _content(words, _ERROR) for status, words in _FAILURES.items()}
        described = {"requestBody": {"required": True, **_json(body)}, "responses": responses}
        known: PathName = PRACTICE

        def serve(view: Callable[[Practice], Response]) -> Callable[[Practice], Response]:
            def read(practice: str) -> Response:
                return view(Practice.parse(str(known.read(practice))))

            read.__name__, read.__doc__ = view.__name__, view.__doc__
            served = self.blueprint.doc(**described)(read)
            address = f"/practices/<practice>{path}"
            self.blueprint.add_url_rule(
                address, view.__name__, served, methods=["POST"], parameters=[known.documented()]
            )
            return view

        return serve


def _json(schema: Mapping[str, object]) -> dict[str, object]:
    return {"content": {"application/json": {"schema": schema}}}


def _content(words: str, schema: Mapping[str, object]) -> dict[str, object]:
    return {"description": words, **_json(schema)}
