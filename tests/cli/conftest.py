"""The command line on a real database with the demo practices, a fresh copy for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from authz.cli import run


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        (line,) = self.out.splitlines()
        return orjson.loads(line)

    @property
    def error(self) -> Any:
        """The one JSON object on standard error, of a command that had no answer."""
        (line,) = self.err.splitlines()
        return orjson.loads(line)["error"]


Typed = Callable[..., Said]


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which `authz db upgrade`, `authz seed` and `authz demo` were run."""
    place = tmp_path_factory.mktemp("furnished")
    with pytest.MonkeyPatch.context() as patch:
        without_settings(patch)
        patch.chdir(place)
        for command in (["db", "upgrade"], ["seed"], ["demo"]):
            assert run([*command, "--json"]) == 0
    return place


def without_settings(patch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AUTHZ_")]:
        patch.delenv(name)


@pytest.fixture
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: nothing in it, no setting set."""
    without_settings(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def bare(empty_place: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types a command where there is no database."""

    def typed(*arguments: str) -> Said:
        capsys.readouterr()
        code = run(arguments)
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return typed


@pytest.fixture
def authz(bare: Typed, furnished: Path, empty_place: Path) -> Typed:
    """Types a command where the demo practices are."""
    shutil.copytree(furnished, empty_place, dirs_exist_ok=True)
    return bare
