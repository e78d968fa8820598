"""compose.yaml: every name it refers to is there, every command is one of ours, nothing secret stands in it."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from authz.cli import COMMANDS
from authz.settings import SETTINGS, Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICE_KEYS = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "ports", "read_only",
    "restart", "security_opt", "stop_grace_period", "tmpfs", "volumes",
}  # fmt: skip
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def filled_in(text: str) -> str:
    """What compose makes of `${NAME:?message}` when NAME is `letmein1`."""
    return re.sub(r"\$\{[A-Z_]+:\?[^}]*\}", "letmein1", text)


def test_every_key_is_one_that_compose_knows(compose: dict[str, Any]) -> None:
    assert {key for key in compose if not key.startswith("x-")} == {"name", "services", "volumes"}
    for name, service in compose["services"].items():
        assert set(service) <= SERVICE_KEYS, name


def test_no_service_waits_for_one_that_is_not_there_or_for_itself(compose: dict[str, Any]) -> None:
    services = compose["services"]
    waited: dict[str, set[str]] = {}
    for name, service in services.items():
        waited[name] = set(service.get("depends_on", {}))
        assert waited[name] <= set(services)
        for awaited, how in service.get("depends_on", {}).items():
            assert how["condition"] in CONDITIONS
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[awaited]
    while waited:
        free = {name for name, others in waited.items() if not others & set(waited)}
        assert free, f"they wait for each other: {sorted(waited)}"
        waited = {name: others for name, others in waited.items() if name not in free}


def test_every_volume_that_is_mounted_is_declared(compose: dict[str, Any]) -> None:
    mounted = {v.split(":")[0] for s in compose["services"].values() for v in s.get("volumes", [])}
    assert mounted == set(compose["volumes"])


def test_the_image_is_built_from_files_that_are_there(compose: dict[str, Any]) -> None:
    build = compose["services"]["authz"]["build"]
    context = (DEPLOY / build["context"]).resolve()
    assert (context / build["dockerfile"]).is_file()
    assert (context / "pyproject.toml").is_file()


def test_every_command_is_one_of_the_command_line(compose: dict[str, Any]) -> None:
    ours = {command.name: command for command in COMMANDS}
    for name, service in compose["services"].items():
        if name == "postgres":
            continue
        first, *rest = service["command"]
        assert first in ours, name
        if rest:
            assert rest[0] in ours[first].commands, name  # type: ignore[attr-defined]


def test_the_service_takes_the_environment_it_is_given(compose: dict[str, Any]) -> None:
    known = {setting.name for setting in SETTINGS}
    for name, service in compose["services"].items():
        if name == "postgres":
            continue
        environment = {key: filled_in(value) for key, value in service["environment"].items()}
        assert set(environment) <= known
        database = Settings.from_environment(environment).database_url
        postgres = compose["services"]["postgres"]["environment"]
        assert database.endswith(f"@postgres:5432/{postgres['POSTGRES_DB']}")
        assert f"//{postgres['POSTGRES_USER']}:letmein1@" in database


def test_no_password_stands_in_the_file_and_compose_insists_on_one(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for key, value in service.get("environment", {}).items():
            if "PASSWORD" in key or "://" in value:
                assert "${POSTGRES_PASSWORD:?" in value, key


def test_the_service_is_reached_from_this_machine_only_and_runs_without_privileges(compose: dict[str, Any]) -> None:
    service = compose["services"]["authz"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True


def test_it_waits_longer_for_a_stop_than_gunicorn_takes(compose: dict[str, Any]) -> None:
    graceful = int(runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))["graceful_timeout"])
    assert int(compose["services"]["authz"]["stop_grace_period"].removesuffix("s")) > graceful


def test_the_health_check_compiles_and_asks_whether_it_can_decide(compose: dict[str, Any]) -> None:
    kind, interpreter, option, program = compose["services"]["authz"]["healthcheck"]["test"]
    assert (kind, interpreter, option) == ("CMD", "python", "-c")
    compile(program, "healthcheck", "exec")
    assert "/readyz" in program
