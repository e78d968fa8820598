"""Servers to be measured: gunicorn as the service runs on it, and anything else that listens on a port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 30
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Served:
    """A server and its processes."""

    port: int
    processes: tuple[int, ...]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu(self) -> float:
        """Seconds of processor time that it has used."""
        used = 0
        for process in self.processes:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            used += int(fields[11]) + int(fields[12])
        return used / _TICKS


@contextmanager
def served(port: int, log: Path, *arguments: str, workers: int = 1, **environment: str) -> Iterator[Served]:
    """gunicorn with the shipped configuration and these arguments, until the block ends."""
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AUTHZ_")}
    own = {"AUTHZ_PORT": str(port), "AUTHZ_WORKERS": str(workers), "PYTHONPATH": str(ROOT)}
    settings = {**own, "AUTHZ_DECISION_LOG_FILE": str(log.with_suffix(".jsonl")), **environment}
    with running(port, log, command, clean | settings) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while len(found := children.read_text().split()) < workers:
            time.sleep(0.05)
        time.sleep(1)
        yield Served(port, tuple(map(int, found)))


@contextmanager
def running(
    port: int, log: Path, command: Sequence[str], environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that listens on the port, until the block ends."""
    with log.open("wb") as lines:
        process = subprocess.Popen(command, cwd=ROOT, env={**environment}, stdout=lines, stderr=lines)
    try:
        give_up = time.monotonic() + START_SECONDS
        while not listens(port):
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"{command[0]} did not start: {log.read_text()}")
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
