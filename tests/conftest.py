"""What all tests share: a fresh database made by the real migrations, of each kind there is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from authz import storage
from authz.storage import SqlStore, open_store
from tests.postgresql import Server, server_of_this_run

# Files that take long; the last to begin would keep one process busy while another has nothing left to do.
LONG = ("test_readme.py", "test_bench.py", "test_soak.py", "test_files.py", "test_packs.py", "test_cut_connections.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The PostgreSQL of this run."""
    with server_of_this_run() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that the migrations made; to be copied, not used."""
    file = tmp_path_factory.mktemp("migrated") / "authz.db"
    storage.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A SQLite database of this test's own."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'authz.db')}"


@pytest.fixture
def postgresql_url(postgresql: Server) -> Iterator[str]:
    """A PostgreSQL database of this test's own."""
    with postgresql.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database of this test's own: the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    """The store on that database."""
    opened = open_store(database_url)
    yield opened
    opened.close()
