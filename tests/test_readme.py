"""The README and what it leads to: commands are run, against a real server, and tables compared with the code."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click
import pytest

from authz.api.errors import STATUS
from authz.cli import COMMANDS
from authz.policies.switches import SWITCHES
from authz.settings import SETTINGS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PACKS = (ROOT / "deploy" / "packs.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
EXPECTED = [json.loads(line) for line in re.findall(r"^#= (.*)$", "\n".join(BLOCKS), re.MULTILINE)]
SERVED = "127.0.0.1:8080"


def environment(**more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AUTHZ_")}
    return {**clean, "PYTHONPATH": str(ROOT), **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError("the server does not become ready")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A directory in which `make run` could have been typed, and the port that its server listens on."""
    place, port = tmp_path_factory.mktemp("readme"), free_port()
    programs = place / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, command in (("python", sys.executable), ("authz", f"{sys.executable} -m authz")):
        (programs / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (programs / name).chmod(0o755)
    for name in ("deploy", "policy_seed.csv"):
        (place / name).symlink_to(ROOT / name)
    around = environment(AUTHZ_PORT=str(port), AUTHZ_WORKERS="2")
    for command in (["db", "upgrade"], ["seed"], ["demo"]):
        subprocess.run([programs / "authz", *command], cwd=place, env=around, check=True, stdout=subprocess.DEVNULL)
    with (place / "log").open("wb") as log:
        server = subprocess.Popen([programs / "authz", "serve"], cwd=place, env=around, stderr=log, stdout=log)
    try:
        wait_until_ready(port, server)
        yield place, port
    finally:
        server.terminate()
        server.wait(timeout=30)


def run_as_written(place: Path, port: int) -> list[str]:
    """Types every shell block of the README into one shell; the last line of what stands above each expected one."""
    marked = re.sub(r"^#= .*$", "echo; echo @@", "\n".join(BLOCKS), flags=re.MULTILINE)
    script = "set -eu\n" + marked.replace(SERVED, f"127.0.0.1:{port}")
    typed = subprocess.run(
        ["bash", "-c", script], cwd=place, env=environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert typed.returncode == 0, typed.stderr
    return [part.strip().splitlines()[-1] for part in typed.stdout.split("@@")[:-1]]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's commands need curl")
def test_every_command_is_answered_as_the_readme_says(place: tuple[Path, int]) -> None:
    answers = [json.loads(answer) for answer in run_as_written(*place)]
    assert len(answers) == len(EXPECTED)
    for number, (expected, answer) in enumerate(zip(EXPECTED, answers, strict=True), start=1):
        assert {name: answer.get(name) for name in expected} == filled(expected, answer), f"answer {number}: {answer}"
        if "allowed" in expected:
            told = filled(expected, answer).get("obligations", [])
            assert answer.get("obligations", []) == told, f"answer {number}: {answer}"


def filled(expected: Any, answer: Any) -> Any:
    """What is expected, with what the answer has wherever the README leaves a text open by `…`."""
    if expected == "…" and isinstance(answer, str):
        return answer
    if isinstance(expected, dict) and isinstance(answer, dict):
        return {name: filled(value, answer.get(name)) for name, value in expected.items()}
    if isinstance(expected, list) and isinstance(answer, list):
        return [filled(one, other) for one, other in zip_longest(expected, answer)]
    return expected


def test_all_eight_situations_are_there_and_each_shows_an_answer() -> None:
    situations = re.split(r"^\*\*(\d)\. ", README, flags=re.MULTILINE)
    assert situations[1::2] == list("12345678")
    for text in situations[2::2]:
        assert "#= " in text


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the first table under this heading, its head left out."""
    section = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_the_settings_table_is_that_of_the_code() -> None:
    shown = [(name.strip("`"), default.strip("`"), meaning) for name, default, meaning in rows_of("Settings")]
    assert shown == [(setting.name, setting.default, setting.meaning.strip()) for setting in SETTINGS]


def words_of_commands() -> set[str]:
    named = set()
    for command in COMMANDS:
        named.add(str(command.name))
        if isinstance(command, click.Group):
            named |= set(command.commands)
    return named


def test_the_command_table_names_every_command_and_no_other() -> None:
    cells = [name for name, _ in rows_of("Command line")]
    shown = {word for cell in cells for quoted in re.findall(r"`([^`]+)`", cell) for word in quoted.split()}
    assert shown - {"authz"} == words_of_commands()


def test_every_switch_of_the_access_sheet_that_is_no_role_of_its_own_is_explained() -> None:
    table = README.split("\n| switch | gives |\n", 1)[1].split("\n\n", 1)[0]
    cells = [line.split(" | ")[0] for line in table.splitlines()[1:]]
    named = {name for cell in cells for name in re.findall(r"`([a-z_]+)`", cell)}
    flags = {"admin", "practitioner", "prescriber"}  # the table of people speaks of these
    assert named == {switch.field for switch in SWITCHES} - flags


def test_every_status_that_a_failure_can_have_is_in_the_error_table() -> None:
    shown = {int(status) for status, _ in rows_of("Errors")}
    assert {status for status, _ in STATUS.values()} <= shown


ASKED_OF_THE_PACK = """
from authz.cli import run
for typed in (["db", "upgrade"], ["seed"], ["demo"]):
    assert run(typed) == 0, typed
ask = ["check", "town", "user:ann", "renew", "book", "--attr"]
assert run([*ask, "borrower=user:ann"]) == 0
assert run([*ask, "borrower=user:mia"]) == 1
"""


def test_the_pack_that_is_shown_whole_is_one(tmp_path: Path) -> None:
    files = re.findall(r"^```(?:toml|text)\n# (library/\S+)\n(.*?)^```", PACKS, re.DOTALL | re.MULTILINE)
    assert [name for name, _ in files] == [
        "library/pack.toml", "library/policy_seed.csv", "library/practices/town.toml",
    ]  # fmt: skip
    for name, content in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    typed = [sys.executable, "-c", ASKED_OF_THE_PACK]
    around = environment(AUTHZ_PACK="library")
    done = subprocess.run(typed, cwd=tmp_path, env=around, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "service:desk  azk_" in done.stdout


def test_every_heading_that_is_linked_to_is_there() -> None:
    headings = re.findall(r"^## (.*)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    linked = set(re.findall(r"\]\(#([^)]+)\)", README))
    assert linked
    assert linked <= anchors


def test_every_file_that_is_linked_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_the_two_commands_are_targets_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make ([a-z]+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
