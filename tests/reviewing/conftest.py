"""What a reviewer looks at: two practices on a fresh database, grids in a folder, rules in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from authz.bootstrap import Services
from authz.cli import run
from authz.policies.shipped import shipped
from tests.cli.conftest import Said, without_settings
from tests.managing.conftest import northside_on
from tests.reviewing.folders import Folder, Typed


@pytest.fixture
def practice(database_url: str) -> Iterator[Services]:
    """Northside with omar, ana, lee, kim and ray; southside with sadm."""
    with northside_on(database_url) as made:
        yield made


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
