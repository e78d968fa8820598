"""The Flask application around the services: what every request and every response passes through."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Final

import orjson
from flask import Flask, Response, g, request
from flask_smorest import Api  # type: ignore[import-untyped]
from werkzeug.exceptions import NotFound

from authz.api import auth, errors
from authz.api.addresses import is_strange
from authz.api.documented import COMPONENTS, problem_responses
from authz.api.families import Family
from authz.bootstrap import Services
from authz.counting import OTHER

_REQUEST_ID: Final = re.compile(r"[\x20-\x7e]{1,200}")
_DOORS: Final = {
    "/v1/check": "check",
    "/v1/check/batch": "batch",
    "/practices/<practice>/access/v1/evaluation": "evaluation",
    "/practices/<practice>/access/v1/evaluations": "evaluations",
}
log = logging.getLogger("authz.api")


class _Api(Api):  # type: ignore[misc]
    """flask-smorest for its documents only: failures are answered by `errors`, and its responses are ours."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        errors.install(self._app)

    def _register_responses(self) -> None:
        for name, response in problem_responses().items():
            self.spec.components.response(name, response)

    def _register_etag_headers(self) -> None:
        """None of the library's own headers is used."""

    def _register_pagination_header(self) -> None:
        """Pages are told by `next` in the body."""


def make_application(services: Services, families: tuple[Family, ...]) -> Flask:
    """An application that answers with these services; it opens nothing and starts nothing itself."""
    app = Flask("authz.api", static_folder=None)
    app.config |= {
        "API_TITLE": "authz",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        # An OPTIONS is answered for no view, and no address ever redirects.
        "PROVIDE_AUTOMATIC_OPTIONS": False,
    }
    app.url_map.merge_slashes = False
    app.extensions["authz"] = services
    app.before_request(_begin)
    auth.install(app, services)
    app.after_request(_end)
    app.extensions["authz_contract"] = orjson.dumps(_contract(app, services, families))
    return app


def _contract(app: Flask, services: Services, families: tuple[Family, ...]) -> object:
    servers = [{"url": services.settings.public_url}] if services.settings.public_url else []
    info = {
        "description": "May this subject do this, in this practice?",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }
    api = _Api(app, spec_kwargs={"info": info, "security": [{"bearer": []}], "servers": servers or [{"url": "/"}]})
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    for name, schema in COMPONENTS.items():
        api.spec.components.schema(name, schema)
    for family in families:
        api.register_blueprint(family.blueprint)
    return api.spec.to_dict()


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    g.began = time.perf_counter()
    if is_strange(request.environ):
        request.url_rule, request.view_args, request.routing_exception = None, None, NotFound()


def _end(response: Response) -> Response:
    if not g.get("settled"):
        # INVARIANT: an answer that nobody authorized does not leave, whatever it says.
        log.error("answer_without_authorization", extra={"request_id": g.request_id, "endpoint": request.endpoint})
        response = errors.problem(
            500, "internal_error", "the service failed; the request id finds the cause in its log"
        )
    response.headers["X-Request-ID"] = request.headers.get("X-Request-ID") or g.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    rule = request.url_rule
    who = g.get("caller")
    took = time.perf_counter() - g.began
    auth.services().counts.answered(_DOORS.get(rule.rule if rule else "", OTHER), response.status_code, took)
    log.info(
        "request",
        extra={
            "request_id": g.request_id,
            "method": request.method,
            "route": rule.rule if rule else None,
            "status": response.status_code,
            "caller": str(who.subject) if who else None,
            "via": who.via if who else None,
            "milliseconds": round(took * 1000, 2),
        },
    )
    return response
