"""gunicorn reads its configuration, and takes address and numbers from the settings."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from gunicorn.config import KNOWN_SETTINGS
from gunicorn.util import load_class
from gunicorn.workers.gasgi import ASGIWorker

ROOT = Path(__file__).parents[2]
CONFIGURATION = ROOT / "deploy" / "gunicorn.conf.py"


def configured(monkeypatch: pytest.MonkeyPatch, **settings: str) -> dict[str, object]:
    for name in [name for name in os.environ if name.startswith("AUTHZ_")]:
        monkeypatch.delenv(name)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(CONFIGURATION))


def test_the_address_comes_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured(monkeypatch)["bind"] == "127.0.0.1:8080"
    assert configured(monkeypatch, AUTHZ_HOST="0.0.0.0", AUTHZ_PORT="9001")["bind"] == "0.0.0.0:9001"
    assert configured(monkeypatch, AUTHZ_HOST="::1")["bind"] == "[::1]:8080"


def test_processes_and_threads_come_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    read = configured(monkeypatch, AUTHZ_WORKERS="3", AUTHZ_THREADS="7")
    assert (read["workers"], read["threads"]) == (3, 7)
    assert issubclass(load_class(str(read["worker_class"])), ASGIWorker)


def test_no_connection_is_shared_across_a_fork_and_no_second_door_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    read = configured(monkeypatch)
    assert read["preload_app"] is False
    assert read["control_socket_disable"] is True
    assert read["accesslog"] is None


def test_gunicorn_knows_every_setting_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {setting.name for setting in KNOWN_SETTINGS}
    ours = {name for name in configured(monkeypatch) if not name.startswith("_")} - {"Path", "Settings", "gc", "os"}
    assert ours
    assert ours <= known


def test_gunicorn_accepts_the_file_and_finds_the_application(migrated: dict[str, str]) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", "--config", str(CONFIGURATION)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=migrated,
        timeout=60,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_gunicorn_refuses_to_start_on_a_setting_that_is_none(migrated: dict[str, str]) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", "--config", str(CONFIGURATION)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**migrated, "AUTHZ_PROT": "9001"},
        timeout=60,
        check=False,
    )
    assert checked.returncode != 0
    assert "did you mean `AUTHZ_PORT`" in checked.stderr
