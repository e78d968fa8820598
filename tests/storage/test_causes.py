"""Why a database did not answer is told in words, and nothing that its driver quotes is told with them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from authz.core.errors import StoreUnavailable
from authz.core.names import INSTALLATION
from authz.storage import open_store
from authz.storage.causes import cause_of
from tests.postgresql import Server
from tests.storage.conftest import raw


def test_what_keeps_a_file_from_answering(tmp_path: Path) -> None:
    file = tmp_path / "authz.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("CREATE TABLE t (a)")
        writer.execute("BEGIN IMMEDIATE")
        with closing(sqlite3.connect(file, timeout=0)) as other, pytest.raises(sqlite3.Error) as raised:
            other.execute("INSERT INTO t VALUES ('p1')")
        assert cause_of(raised.value) == "another program keeps writing to it"
        writer.execute("COMMIT")
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as reader, pytest.raises(sqlite3.Error) as raised:
        reader.execute("INSERT INTO t VALUES ('p1')")
    assert cause_of(raised.value) == "its file or its folder cannot be written to"
    with pytest.raises(sqlite3.Error) as raised:
        sqlite3.connect(f"file:{tmp_path}/none/authz.db?mode=rw", uri=True)
    assert cause_of(raised.value) == "its file cannot be opened"


def test_what_keeps_a_server_from_answering(postgresql: Server, postgresql_url: str) -> None:
    wrong = {
        postgresql.url("no_such_database"): "it has no database of that name",
        postgresql_url.replace("postgres@", "nobody:geheim@"): "it refuses the user or the password",
        "postgresql://authz:geheim@127.0.0.1:1/authz": "nothing listens at its address",
    }
    for url, told in wrong.items():
        with closing(open_store(url, 2)) as store, pytest.raises(StoreUnavailable) as raised:
            store.ready()
        assert str(raised.value) == f"the database did not answer: {told}"
    with raw(postgresql_url) as connection:
        connection.execute(text("DROP TABLE uses"))
    with closing(open_store(postgresql_url)) as store, pytest.raises(StoreUnavailable, match="authz db upgrade"):
        store.uses(INSTALLATION)


@pytest.mark.parametrize(
    "said",
    [
        "the database system is starting up",
        "the database system is shutting down",
        "the database system is not yet accepting connections",
        "the database system is in recovery mode",
    ],
)
def test_a_server_that_comes_or_goes_is_not_said_to_lack_the_database(said: str) -> None:
    assert cause_of(psycopg.OperationalError(f"FATAL:  {said}")) == "it is starting or stopping"
