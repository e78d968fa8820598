"""The container image: read instruction by instruction, since it cannot be built where tests run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

from authz.settings import Settings

ROOT = Path(__file__).parents[2]
KNOWN = {
    "COMMENT", "ARG", "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL",
    "HEALTHCHECK", "ENTRYPOINT", "CMD",
}  # fmt: skip


@pytest.fixture
def stages(tmp_path: Path) -> list[list[tuple[str, str]]]:
    """The file's instructions with their values, stage by stage."""
    parser = DockerfileParser(path=str(tmp_path))
    parser.content = (ROOT / "deploy" / "Dockerfile").read_text()
    found: list[list[tuple[str, str]]] = []
    for step in parser.structure:
        if step["instruction"] == "FROM":
            found.append([])
        if found:
            found[-1].append((step["instruction"], step["value"]))
    return found


def values(stage: list[tuple[str, str]], instruction: str) -> list[str]:
    return [value for name, value in stage if name == instruction]


def test_every_instruction_is_one_that_docker_knows(stages: list[list[tuple[str, str]]]) -> None:
    assert {name for stage in stages for name, _ in stage} <= KNOWN


def test_the_wheel_is_built_in_one_stage_and_run_in_another(stages: list[list[tuple[str, str]]]) -> None:
    building, running = stages
    assert values(building, "FROM")[0].endswith(" AS wheel")
    assert any("pip wheel" in step for step in values(building, "RUN"))
    assert any("--no-index" in step and "from=wheel" in step for step in values(running, "RUN"))
    assert not values(running, "COPY"), "source code in the image that runs"


def test_it_runs_as_an_ordinary_user_who_owns_the_data(stages: list[list[tuple[str, str]]]) -> None:
    running = stages[-1]
    (user,) = values(running, "USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user), "root, or a name that Kubernetes cannot check"
    uid, gid = user.split(":")
    made = " ".join(values(running, "RUN"))
    assert f"--uid {uid}" in made
    assert f"--gid {gid}" in made
    (volume,) = values(running, "VOLUME")
    assert f"--mode 0700 {volume}" in made


def test_every_copied_path_is_there_and_not_kept_out(stages: list[list[tuple[str, str]]]) -> None:
    kept_out = {line.strip("/") for line in (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().split()}
    for step in values(stages[0], "COPY"):
        *sources, _ = step.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert source.split("/")[0] not in kept_out or f"!{source}" in kept_out, source


def test_what_the_wheel_needs_is_copied(stages: list[list[tuple[str, str]]]) -> None:
    copied = {word for step in values(stages[0], "COPY") for word in step.split()[:-1]}
    assert copied >= {"pyproject.toml", "README.md", "LICENSE", "model.conf", "policy_seed.csv", "authz",
                      "deploy/gunicorn.conf.py", "tests/policies"}  # fmt: skip


def test_what_runs_is_the_command_line_without_a_shell_in_between(stages: list[list[tuple[str, str]]]) -> None:
    running = stages[-1]
    assert json.loads(values(running, "ENTRYPOINT")[0]) == ["authz"]
    assert json.loads(values(running, "CMD")[0]) == ["serve"]


def test_the_health_check_is_a_program_that_compiles_and_asks_the_service(
    stages: list[list[tuple[str, str]]],
) -> None:
    (check,) = values(stages[-1], "HEALTHCHECK")
    options, _, command = check.partition("CMD")
    assert re.fullmatch(r"(--(interval|timeout|start-period)=\d+s |--retries=\d+ )+", options.strip() + " ")
    program = json.loads(command)
    assert program[:2] == ["python", "-c"]
    compile(program[2], "healthcheck", "exec")
    assert "/healthz" in program[2]


def test_its_environment_holds_settings_that_the_service_takes(stages: list[list[tuple[str, str]]]) -> None:
    words = " ".join(values(stages[-1], "ENV")).split()
    settings = Settings.from_environment(dict(word.split("=", 1) for word in words))
    (exposed,) = values(stages[-1], "EXPOSE")
    assert settings.port == int(exposed)
    assert settings.host == "0.0.0.0"
