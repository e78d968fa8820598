"""The wheel holds everything the service needs, and works far from the source tree."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(made)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (found,) = made.glob("authz-*.whl")
    return found


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    return place


def authz(place: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AUTHZ_")} | {"PYTHONPATH": str(place)}
    return subprocess.run(
        [sys.executable, "-m", "authz", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


SHIPPED = [
    "model.conf",
    "policy_seed.csv",
    "deploy/gunicorn.conf.py",
    *(str(grid.relative_to(ROOT)) for grid in (ROOT / "tests" / "policies").glob("*.yaml")),
]


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_is_in_it_byte_for_byte(wheel: Path, name: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(f"authz/shipped/{name}") == (ROOT / name).read_bytes()


def test_every_file_of_the_package_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    ours = {
        str(file.relative_to(ROOT))
        for file in (ROOT / "authz").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert any("migrations/versions" in name or "/versions/" in name for name in ours), "no migrations"
    assert ours <= packed


def test_nothing_else_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if "/shipped/" in name} == {f"authz/shipped/{n}" for n in SHIPPED}
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"authz"}


def test_a_fresh_place_gets_its_database_roles_and_demo_from_the_wheel_alone(unpacked: Path, tmp_path: Path) -> None:
    for command in (["db", "upgrade"], ["seed"], ["demo"], ["doctor"]):
        done = authz(unpacked, tmp_path, *command)
        assert done.returncode == 0, done.stderr + done.stdout
    asked = authz(unpacked, tmp_path, "check", "northside", "user:lee", "read", "patient")
    assert asked.returncode == 0, asked.stderr
    assert (tmp_path / "var" / "authz.db").is_file()


def test_the_grids_that_ship_are_decided_from_the_wheel_alone(unpacked: Path, tmp_path: Path) -> None:
    done = authz(unpacked, tmp_path, "policy", "test")
    assert done.returncode == 0, done.stderr + done.stdout
    assert str(unpacked / "authz" / "shipped" / "tests" / "policies" / "patient.yaml") in done.stdout
