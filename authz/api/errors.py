"""The only table from the service's errors to HTTP, and the one shape that every failure takes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

import orjson
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from authz.core import errors
from authz.core.errors import AuthzError, FieldError
from authz.core.names import BadName

PROBLEM: Final = "application/problem+json"
AUTHZEN: Final = ("/practices/", "/.well-known/authzen-configuration")
RETRY_SECONDS: Final = 1
STATUS: Final[dict[type[AuthzError], tuple[int, str]]] = {
    errors.Unreadable: (400, "unreadable"),
    errors.Invalid: (422, "invalid"),
    errors.NotAuthenticated: (401, "not_authenticated"),
    errors.NotAllowed: (403, "not_allowed"),
    errors.NotFound: (404, "not_found"),
    errors.Conflict: (409, "conflict"),
    errors.StaleExpectation: (412, "stale_expectation"),
    errors.BadPolicy: (503, "policy_unusable"),
    errors.StoreUnavailable: (503, "store_unavailable"),
    errors.IssuerUnavailable: (503, "issuer_unavailable"),
    errors.Overloaded: (503, "overloaded"),
    BadName: (422, "invalid"),
}
_WIRE: Final = {
    400: ("unreadable", "the request cannot be read"),
    404: ("not_found", "there is nothing at this address"),
    405: ("method_not_allowed", "this address does not take this method"),
    413: ("too_large", "the body is larger than this service reads"),
}
_HIDDEN: Final = (errors.BadPolicy, errors.StoreUnavailable, errors.IssuerUnavailable)
HIDDEN_DETAIL: Final = "the question cannot be answered now; the same request may succeed later"
log = logging.getLogger("authz.api")


def problem(status: int, code: str, detail: str, bad: Iterable[FieldError] = ()) -> Response:
    """A problem as the answer to the present request, written as AuthZEN writes it at AuthZEN's addresses."""
    g.settled = True
    if request.path.startswith(AUTHZEN):
        response = Response(authzen_body(status, detail), status, content_type="application/json")
    else:
        response = Response(problem_body(status, code, detail, bad), status, content_type=PROBLEM)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="authz"'
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def problem_body(status: int, code: str, detail: str, bad: Iterable[FieldError] = ()) -> bytes:
    """A problem of RFC 9457 as JSON; it never says `allowed`."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    fields = [{"path": e.path, "message": e.message} for e in bad]
    if fields:
        body["errors"] = fields
    return orjson.dumps(body)


def authzen_body(status: int, detail: str) -> bytes:
    """A failure as the AuthZEN API states it: a message, and never a decision."""
    return orjson.dumps({"error": {"status": status, "message": detail}})


def install(app: Flask) -> None:
    """From now on every failure in `app` is answered with a problem, never with HTML."""
    app.register_error_handler(AuthzError, _ours)
    app.register_error_handler(HTTPException, _wires)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: AuthzError) -> Response:
    entry = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)
    if entry is None:
        return _unexpected(error)
    status, code = entry
    if isinstance(error, _HIDDEN):
        # INVARIANT: what a database or an issuer said stays in the log; it may name hosts, files or users.
        log.warning(code, extra={"request_id": g.get("request_id", ""), "problem": str(error)})
        return problem(status, code, HIDDEN_DETAIL)
    if isinstance(error, errors.Invalid):
        return problem(status, code, "the request was read and is wrong", error.errors)
    return problem(status, error.code if isinstance(error, errors.Conflict) else code, str(error))


def _wires(error: HTTPException) -> Response:
    status = error.code or 500
    if status not in _WIRE:
        return _unexpected(error)
    response = problem(status, *_WIRE[status])
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    log.error(
        "unexpected_error", extra={"request_id": g.get("request_id", ""), "kind": type(error).__name__}, exc_info=error
    )
    return problem(500, "internal_error", "the service failed; the request id finds the cause in its log")
