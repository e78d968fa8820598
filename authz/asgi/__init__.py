"""What gunicorn serves: a lane of its own for well-formed checks, and behind it the Flask application for the rest."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from authz.api import create_app
from authz.asgi.behind import Behind
from authz.asgi.lane import Lane
from authz.asgi.writing import Lines
from authz.bootstrap import services
from authz.core.errors import AuthzError
from authz.core.names import INSTALLATION
from authz.logs import log_to
from authz.settings import Settings
from authz.storage.currency import open_currency

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Application:
    """The ASGI application; the worker's connections go to `lane` directly with what they have as a whole."""

    def __init__(self, settings: Settings) -> None:
        self._services = services(settings)
        currency = open_currency(settings.database_url, settings.max_staleness)
        self._behind = Behind(create_app(self._services).wsgi_app, settings.threads, settings.max_body_bytes)
        lines = Lines(sys.stderr.fileno(), logging.getLogger("authz.api").isEnabledFor(logging.INFO))
        self.lane = Lane(self._services, currency, self._behind, lines)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serves a request, or waits for the end of the process to close everything."""
        if scope["type"] == "http":
            await self.lane(scope, receive, send)
        elif scope["type"] == "lifespan":
            await receive()
            self._warm_up()
            self._services.checker.uses.start()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self.lane.close()
            self._behind.close()
            self._services.close()
            await send({"type": "lifespan.shutdown.complete"})

    def _warm_up(self) -> None:
        """The first load of a practice costs more than the next; the database may well be away as yet."""
        with suppress(AuthzError):
            self._services.checker.make_ready(INSTALLATION)


def application() -> Application:
    """The application that the environment asks for: `gunicorn "authz.asgi:application()"`.

    INVARIANT: called in the worker, after the fork; connections and locks never cross one. Raises BadSettings.
    """
    settings = Settings.from_environment(os.environ)
    log_to(level=settings.log_level)
    return Application(settings)
