"""GET /openapi.json and /docs: the contract for programs and, with every file served from here, for people."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from flask import Response, current_app
from werkzeug.exceptions import NotFound

from authz.api.families import Family
from authz.api.rights import anybody

family = Family("documents", "This document")
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
)
_ASSETS: Final = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
# Addresses are relative, so that the page also works below a prefix that a proxy takes away.
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>authz: the HTTP contract</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="contract"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START: Final = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#contract",
  deepLinking: true,
  validatorUrl: null,
});
"""


def contract() -> Response:
    """The OpenAPI document, made once when the application was."""
    anybody()
    return Response(current_app.extensions["authz_contract"], content_type="application/json")


def page() -> Response:
    """The page that shows the contract."""
    anybody()
    response = Response(_PAGE, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def start() -> Response:
    """The script that starts the page."""
    anybody()
    return Response(_START, content_type="text/javascript; charset=utf-8")


def asset(name: str) -> Response:
    """A file of Swagger UI, if the page needs it."""
    anybody()
    if name not in _ASSETS:
        raise NotFound
    return Response(files("flask_swagger_ui").joinpath("dist", name).read_bytes(), content_type=_ASSETS[name])


for _path, _view in (("/openapi.json", contract), ("/docs", page), ("/docs/start.js", start), ("/docs/<name>", asset)):
    family.undocumented(_path, _view)
