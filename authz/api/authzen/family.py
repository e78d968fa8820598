"""A family of AuthZEN endpoints: JSON objects in and out, failures in AuthZEN's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Final

from flask import Response

from authz.api.documented import TEXT, an_object
from authz.api.families import Family
from authz.api.paths import PRACTICE
from authz.core.names import Practice

_ERROR: Final = an_object({"error": an_object({"status": {"type": "integer"}, "message": TEXT})})
_FAILURES: Final = {
    400: "The request is not as the specification has it",
    401: "No key or token, or one that is not good",
    403: "The caller may not ask this",
    404: "No such practice, or not the caller's to know",
    413: "The body is too large",
    503: "The database does not answer, or too many large searches are under way",
}
OBJECT: Final[dict[str, object]] = {"type": "object", "additionalProperties": True}
ENTITY: Final = {
    "type": "object",
    "required": ["type", "id"],
    "properties": {"type": TEXT, "id": TEXT, "properties": OBJECT},
}
NAMED: Final = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "properties": OBJECT}}
KIND: Final = {"type": "object", "required": ["type"], "properties": {"type": TEXT, "properties": OBJECT}}
_URL: Final = {"type": "string", "format": "uri"}
METADATA_ANSWER: Final = {
    "type": "object",
    "required": ["policy_decision_point", "access_evaluation_endpoint"],
    "properties": {"policy_decision_point": _URL, "access_evaluation_endpoint": _URL, "signed_metadata": TEXT},
    "additionalProperties": _URL,
}
DECISION: Final = an_object({"decision": {"type": "boolean"}}, {"context": OBJECT})

View = Callable[[Practice], Response]


class AuthzenFamily(Family):
    """Endpoints below a practice's own address."""

    def asked(self, path: str, body: Mapping[str, object], answer: Mapping[str, object]) -> Callable[[View], View]:
        """Serves a view with POST below `/practices/{practice}` and documents it; the view reads the body itself."""
        responses: dict[str, object] = {"200": _content("What was decided", answer)}
        responses |= {str(status): _content(words, _ERROR) for status, words in _FAILURES.items()}
        described = {"requestBody": {"required": True, **_json(body)}, "responses": responses}

        def serve(view: View) -> View:
            served = self.blueprint.doc(**described)(_of_practice(view))
            parameters = [PRACTICE.documented()]
            address = f"/practices/<practice>{path}"
            self.blueprint.add_url_rule(address, view.__name__, served, methods=["POST"], parameters=parameters)
            return view

        return serve

    def told(self, address: str, answer: Mapping[str, object]) -> Callable[[View], View]:
        """Serves a view with GET to anybody and documents it."""
        responses = {"200": _content("Metadata", answer)}
        responses |= {str(status): _content(_FAILURES[status], _ERROR) for status in (404, 503)}

        def serve(view: View) -> View:
            served = self.blueprint.doc(responses=responses, security=[])(_of_practice(view))
            parameters = [PRACTICE.documented()]
            self.blueprint.add_url_rule(address, view.__name__, served, methods=["GET"], parameters=parameters)
            return view

        return serve


def _of_practice(view: View) -> Callable[..., Response]:
    @wraps(view)
    def read(practice: str) -> Response:
        return view(Practice.parse(str(PRACTICE.read(practice))))

    return read


def _json(schema: Mapping[str, object]) -> dict[str, object]:
    return {"content": {"application/json": {"schema": schema}}}


def _content(words: str, schema: Mapping[str, object]) -> dict[str, object]:
    return {"description": words, **_json(schema)}
