"""The routes alone, for any WSGI server: what the lane in front of them is held against."""

from __future__ import annotations

import atexit
import os

from flask import Flask

from authz.api import create_app
from authz.bootstrap import services
from authz.logs import log_to
from authz.settings import Settings


def application() -> Flask:
    """The application that the environment asks for: `gunicorn "authz.wsgi:application()"`.

    INVARIANT: called in the worker, after the fork; connections and locks never cross one. Raises BadSettings.
    """
    settings = Settings.from_environment(os.environ)
    log_to(level=settings.log_level)
    made = services(settings)
    atexit.register(made.close)
    return create_app(made)
