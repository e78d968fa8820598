"""GET /healthz and /readyz: is the process alive, and can it decide?"""

from __future__ import annotations

from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.documented import HEALTH_ANSWER
from authz.api.families import Family
from authz.api.rights import anybody

family = Family("health", "For those who run the service")


@family.endpoint("GET", "/healthz", HEALTH_ANSWER, public=True)
def alive() -> Response:
    """Says that the process answers"""
    anybody()
    return answer({"status": "alive"})


@family.endpoint("GET", "/readyz", HEALTH_ANSWER, (503,), public=True)
def ready() -> Response:
    """Says that the database answers with the schema that this program needs"""
    anybody()
    services().store.ready()
    return answer({"status": "ready"})
