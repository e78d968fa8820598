"""What gunicorn serves: a lane of its own for well-formed checks, and behind it the Flask application for the rest."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from authz.api import create_app
from authz.asgi.behind import Behind
from authz.asgi.lane import Lane
from authz.asgi.writing import Lines
from authz.bootstrap import services
from authz.logs import log_to
from authz.settings import Settings
from authz.storage.currency import open_currency

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


def application() -> Application:
    """The ASGI application that the environment asks for: `gunicorn "authz.asgi:application()"`.

    INVARIANT: called in the worker, after the fork; connections and locks never cross one. Raises BadSettings.
    """
    settings = Settings.from_environment(os.environ)
    log_to(level=settings.log_level)
    made = services(settings)
    currency = open_currency(settings.database_url, settings.max_staleness)
    behind = Behind(create_app(made).wsgi_app, settings.threads, settings.max_body_bytes)
    lines = Lines(sys.stderr.fileno(), logging.getLogger("authz.api").isEnabledFor(logging.INFO))
    lane = Lane(made, currency, behind, lines)

    async def serve(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] == "http":
            await lane(scope, receive, send)
        elif scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            lane.close()
            behind.close()
            made.close()
            await send({"type": "lifespan.shutdown.complete"})

    return serve
