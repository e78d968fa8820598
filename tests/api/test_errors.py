"""The table from errors to HTTP is complete, and what it hides stays hidden."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from flask import Flask, g

from authz.api import errors as wire
from authz.core import errors
from authz.core.errors import AuthzError, FieldError


def every_error() -> Iterator[type[AuthzError]]:
    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, AuthzError) and kind is not AuthzError:
            yield kind


MADE: dict[type[AuthzError], AuthzError] = {
    errors.Unreadable: errors.Unreadable("no JSON"),
    errors.Invalid: errors.Invalid([FieldError("checks.3.action", "is missing")]),
    errors.NotAuthenticated: errors.NotAuthenticated("no token"),
    errors.NotAllowed: errors.NotAllowed("not you"),
    errors.NotFound: errors.NotFound("practice", "nowhere"),
    errors.Conflict: errors.Conflict("email_taken", "the address is taken"),
    errors.StaleExpectation: errors.StaleExpectation(1, 2),
    errors.BadPolicy: errors.BadPolicy("/secret/policy.csv", []),
    errors.StoreUnavailable: errors.StoreUnavailable("/secret/authz.db is locked"),
    errors.IssuerUnavailable: errors.IssuerUnavailable("/secret/issuer"),
    errors.Overloaded: errors.Overloaded("too many at once"),
}


def test_every_error_of_the_core_has_a_status() -> None:
    assert set(every_error()) <= set(wire.STATUS)
    assert set(every_error()) == set(MADE)


@pytest.mark.parametrize("kind", list(MADE), ids=lambda kind: kind.__name__)
def test_every_error_becomes_a_problem(kind: type[AuthzError]) -> None:
    app = Flask("authz.api")
    wire.install(app)
    app.before_request(lambda: setattr(g, "request_id", "r1"))

    def fail() -> str:
        raise MADE[kind]

    app.add_url_rule("/fail", view_func=fail)
    response = app.test_client().get("/fail")
    status, code = wire.STATUS[kind]
    body = json.loads(response.data)
    assert (response.status_code, body["status"], body["title"]) == (status, status, HTTPStatus(status).phrase)
    assert response.content_type == "application/problem+json"
    assert body["code"] == ("email_taken" if kind is errors.Conflict else code)
    assert b"secret" not in response.data
    assert "allowed" not in body


def test_what_nobody_foresaw_says_nothing_of_itself(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("authz.api")
    wire.install(app)
    app.before_request(lambda: setattr(g, "request_id", "r1"))

    def fail() -> str:
        raise RuntimeError("secret: allowed")

    app.add_url_rule("/fail", view_func=fail)
    response = app.test_client().get("/fail")
    assert response.status_code == 500
    assert json.loads(response.data)["code"] == "internal_error"
    assert b"secret" not in response.data
    record = next(r for r in caplog.records if r.message == "unexpected_error")
    assert (record.__dict__["request_id"], record.__dict__["kind"]) == ("r1", "RuntimeError")
