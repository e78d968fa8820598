"""A folder of grids that may be spoilt, and `authz policy` typed in a place where there is nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from authz.cli import run
from authz.policies.shipped import GRIDS, shipped
from tests.cli.conftest import Said, without_settings

Typed = Callable[..., Said]
HEAD = "resource: patient\ncases:\n"


@dataclass(frozen=True)
class Folder:
    """Grids in files; none yet but those that were put there."""

    path: Path

    def put(self, name: str, text: str | bytes) -> Path:
        """A file of this name."""
        file = self.path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def copy(self, *names: str) -> None:
        """The grids of these names that ship."""
        for name in names:
            shutil.copy(shipped(GRIDS) / name, self.path / name)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder of this test's own."""
    (tmp_path / "grids").mkdir()
    return Folder(tmp_path / "grids")


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types `authz policy ...`."""
    without_settings(monkeypatch)
    monkeypatch.chdir(tmp_path)

    def typed(*arguments: object) -> Said:
        capsys.readouterr()
        code = run(["policy", *map(str, arguments)])
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return typed


@pytest.fixture
def rules(tmp_path: Path) -> Callable[[Callable[[str], str]], Path]:
    """The shipped rules with something changed in their text, as a file."""

    def changed(change: Callable[[str], str]) -> Path:
        was = shipped("policy_seed.csv").read_text()
        becomes = change(was)
        assert becomes != was
        file = tmp_path / "changed.csv"
        file.write_text(becomes)
        return file

    return changed
