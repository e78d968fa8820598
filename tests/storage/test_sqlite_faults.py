"""A SQLite file that is missing, read-only, locked, spoilt or gone: StoreUnavailable, never anything else."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from authz.core.errors import Invalid, StoreUnavailable
from authz.storage import SqlStore, open_store, upgrade
from tests.storage.calls import IMPATIENT, READS, WRITES, available, unavailable, unavailable_at
from tests.storage.conftest import NORTH, both_open

NOBODY = 65534


@pytest.fixture
def file(sqlite_url: str) -> Path:
    """A database with two practices in it, which nobody has open."""
    store = open_store(sqlite_url)
    both_open(store)
    store.close()
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
def store(file: Path) -> Iterator[SqlStore]:
    opened = open_store(f"sqlite:///{file}", IMPATIENT)
    yield opened
    opened.close()


def test_the_calls_tried_here_are_all_there_are() -> None:
    methods = {name for name in dir(SqlStore) if not name.startswith("_")}
    assert methods - {"close"} == READS.keys() | WRITES.keys()


def test_a_missing_file_is_not_made_by_asking(tmp_path: Path) -> None:
    for place in (tmp_path / "none.db", tmp_path / "no" / "folder" / "none.db"):
        unavailable_at(f"sqlite:///{place}", READS, WRITES)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    unavailable_at(f"sqlite:///{tmp_path}", READS, WRITES)


def test_an_empty_file_is_no_database_of_ours(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    unavailable_at(f"sqlite:///{tmp_path / 'empty.db'}", READS, WRITES)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///x.db?cache=shared"])
def test_a_database_that_would_not_last_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="names a file"):
        open_store(url)


@pytest.mark.parametrize("url", ["mysql://host/authz", "authz.db", "", "sqlite"])
def test_a_url_of_no_known_database_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        upgrade(url)


def test_a_database_opened_for_reading_takes_nothing_down(file: Path) -> None:
    reader = open_store(f"sqlite:///{file}?mode=ro")
    available(reader, READS)
    unavailable(reader, WRITES)
    reader.close()


def test_a_file_that_may_not_be_written_takes_nothing_down(file: Path) -> None:
    folder = Path(tempfile.mkdtemp())
    copied = shutil.copy(file, folder / "authz.db")
    Path(copied).chmod(0o444)
    folder.chmod(0o555)

    def attempt() -> None:
        opened = open_store(f"sqlite:///{copied}", IMPATIENT)
        unavailable(opened, WRITES)
        for read in READS.values():
            try:
                read(opened)
            except StoreUnavailable:
                continue

    as_ordinary_user(attempt)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def as_ordinary_user(work: Callable[[], None]) -> None:
    """Does the work as somebody whom file permissions bind."""
    if os.geteuid() != 0:
        return work()
    child = os.fork()
    if child == 0:
        try:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            work()
        except BaseException as error:  # noqa: BLE001  # the child's only way to tell
            os.write(2, repr(error).encode())
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return None


def test_while_another_writes_reads_go_on_and_writes_give_up_in_time(store: SqlStore, file: Path) -> None:
    available(store, READS)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        available(store, READS)
        unavailable(store, WRITES)
        other.execute("ROLLBACK")
    available(store, READS, WRITES)


def test_a_database_that_another_keeps_to_itself_answers_nothing(store: SqlStore, file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE practices SET name = 'x'")
        unavailable(store, READS, WRITES)
        other.execute("ROLLBACK")
    available(store, READS, WRITES)


@pytest.mark.parametrize("from_byte", [0, 100, 4096])
def test_a_spoilt_file_answers_nothing(file: Path, from_byte: int) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:from_byte] + b"\xa5" * (len(content) - from_byte))
    unavailable_at(f"sqlite:///{file}", READS, WRITES)


def test_a_file_cut_short_answers_nothing_wrong(file: Path) -> None:
    whole = open_store(f"sqlite:///{file}")
    right = {name: read(whole) for name, read in READS.items()}
    whole.close()
    file.write_bytes(file.read_bytes()[: 4096 * 3])
    cut = open_store(f"sqlite:///{file}", IMPATIENT)
    for name, read in READS.items():
        try:
            answer = read(cut)
        except StoreUnavailable:
            continue
        assert answer == right[name]
    unavailable(cut, {"snapshot": READS["snapshot"], **WRITES})


def test_a_file_removed_under_an_open_store_is_missed_at_once(store: SqlStore, file: Path) -> None:
    available(store, READS, WRITES)
    for gone in file.parent.glob("authz.db*"):
        gone.unlink()
    unavailable(store, READS, WRITES)
    assert list(file.parent.glob("authz.db*")) == []


def test_a_file_put_in_the_place_of_another_is_the_one_that_is_read(store: SqlStore, file: Path) -> None:
    older = shutil.copy(file, file.with_name("backup.db"))
    available(store, READS, WRITES)
    assert store.revision(NORTH) == 2
    for gone in file.parent.glob("authz.db*"):
        gone.unlink()
    Path(older).rename(file)
    assert store.revision(NORTH) == 1
    available(store, READS, WRITES)


def test_commits_are_on_the_disk_before_they_are_acknowledged(store: SqlStore) -> None:
    with store._database.writing() as connection:
        found = {
            pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
            for pragma in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_value_that_cannot_be_what_its_column_holds_stops_its_practice_only(store: SqlStore, file: Path) -> None:
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE memberships SET cosigner = 'not a subject' WHERE user = 'user:lee'")
    unavailable(store, {"snapshot": READS["snapshot"]})
    assert store.snapshot(type(NORTH)("southside")).bad_rows == ()
