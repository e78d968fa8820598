"""How gunicorn runs the service; addresses and numbers come from the AUTHZ_* settings."""

import gc
import os
from pathlib import Path

from authz.counting import counts as _counts
from authz.settings import Settings

_settings = Settings.from_environment(os.environ)
_counts()  # made before there are processes, which share it

wsgi_app = "authz.asgi:application()"
proc_name = "authz"

_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host
bind = f"{_host}:{_settings.port}"
backlog = 1024

# Each process keeps its own prepared practices. Its event loop answers checks; the threads answer all else.
workers = _settings.workers
worker_class = "authz.asgi.worker.Worker"  # gunicorn's asgi worker, with problems where it would answer in text
worker_connections = 1000  # of each process; the next one is turned away
threads = _settings.threads
asgi_loop = "auto"  # uvloop and gunicorn-h1c where they are installed (`authz[fast]`)
http_parser = "auto"
asgi_lifespan = "on"
preload_app = False  # a database connection must not be shared across a fork

timeout = 30  # a process that shows no sign of life for this long is replaced
graceful_timeout = 20  # a stop lets running requests finish; compose.yaml waits longer than this
# As long as that a connection may be silent, take for the head of a request, or leave its answers untaken.
keepalive = 30


def post_fork(server, worker):  # type: ignore[no-untyped-def]
    """Each process counts in a place of its own."""
    _counts().take(worker.age)


def post_worker_init(worker):  # type: ignore[no-untyped-def]
    """What a process has loaded by now stays, so the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


# The longest honest request line names a practice and a user; headers carry one token.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

# The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # gunicorn makes a private file in it

# No second way in: gunicorn 27 would otherwise open a control socket beside the service.
control_socket_disable = True

logger_class = "authz.asgi.server_log.ServerLog"
accesslog = None  # the service logs each request itself, with its id and without what was asked
errorlog = "-"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "authz.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "authz.logs.Unhurried", "stream": "ext://sys.stderr", "formatter": "lines"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {
        "gunicorn.error": {"level": _settings.log_level, "handlers": ["stderr"], "propagate": False},
        "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
    },
}
