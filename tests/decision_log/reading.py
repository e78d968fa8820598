"""A decision log as a reader finds it: every line of every file, and how long to wait for one."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tests.api.serving import Server

PATIENCE_SECONDS = 60
T = TypeVar("T")
Line = dict[str, Any]


def files(path: Path) -> list[Path]:
    """The files of a log, the oldest first."""
    older = list(path.parent.glob(f"{path.name}.*"))
    return [*sorted(older, key=lambda one: -int(one.suffix[1:])), *([path] if path.exists() else [])]


def lines(path: Path) -> list[Line]:
    """Every line, each of which must be whole."""
    found: list[Line] = []
    for file in files(path):
        data = file.read_bytes()
        assert data == b"" or data.endswith(b"\n"), f"{file.name} ends within a line"
        found += [json.loads(line) for line in data.splitlines()]
    return found


def until(look: Callable[[], T], enough: Callable[[T], bool]) -> T:
    """What is seen as soon as it is enough."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not enough(seen := look()):
        assert time.monotonic() < give_up, f"still {seen!r}"
        time.sleep(0.02)
    return seen


def counted(server: Server) -> tuple[int, int]:
    """What `/metrics` says was logged, and what dropped."""
    answer = server.call("GET", "/metrics")
    assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/plain")
    told = dict(re.findall(r"(?m)^(authz_decisions_\w+_total) (\S+)$", answer.body.decode()))
    return int(float(told["authz_decisions_logged_total"])), int(float(told["authz_decisions_dropped_total"]))
