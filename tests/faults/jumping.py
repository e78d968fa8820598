"""The service under a wall clock that a file sets: so many seconds from the machine's, forwards or back."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any, Final

from authz import asgi, bootstrap
from authz.storage import kept_record

OFFSET_FILE: Final = "TESTS_CLOCK_OFFSET"
_wall = time.time


def offset() -> int:
    """By how many seconds this process's clock is wrong now."""
    return int(Path(os.environ[OFFSET_FILE]).read_text())


class Jumping(dt.datetime):
    """What the service takes its moments from."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        """The moment that the wrong clock shows."""
        return dt.datetime.now(tz) + dt.timedelta(seconds=offset())


def application() -> asgi.Application:
    """What gunicorn serves; the monotonic clock goes on as it does on a machine whose time is set."""
    bootstrap.datetime = kept_record.datetime = Jumping  # type: ignore[attr-defined]
    time.time = lambda: _wall() + offset()
    return asgi.application()
