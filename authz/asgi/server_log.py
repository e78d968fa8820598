"""gunicorn's log without its access log, which the service keeps itself."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]


class ServerLog(Logger):  # type: ignore[misc]
    """Works nothing out for an access log: gunicorn would for each request, once a `logconfig_dict` is given."""

    @property
    def access_log_enabled(self) -> bool:
        """Never."""
        return False

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Writes nothing."""
