"""GET /healthz, /readyz and /metrics: is the process alive, can it decide, and what has the server counted?"""

from __future__ import annotations

from typing import Final

from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.documented import HEALTH_ANSWER
from authz.api.exposition import exposed
from authz.api.families import Family
from authz.api.rights import anybody

family = Family("health", "For those who run the service")
_PROMETHEUS: Final = "text/plain; version=0.0.4; charset=utf-8"


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


def metrics() -> Response:
    """Tells Prometheus what all processes of this server together have counted since it was started."""
    anybody()
    return Response(exposed(services().counts.total()), content_type=_PROMETHEUS)


family.undocumented("/metrics", metrics)
