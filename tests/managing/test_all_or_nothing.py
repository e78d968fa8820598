"""Whatever statement of whatever write fails, the commit included: rows, record and revisions are as they were."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from authz.bootstrap import Services
from authz.core.errors import StoreUnavailable
from authz.storage import SqlStore
from tests.managing.conftest import ACTOR, northside_on
from tests.managing.writes import WRITES, furnish
from tests.postgresql import Server
from tests.storage.conftest import engine_of, everything
from tests.storage.test_crashes import fail

BEGINNING_AND_RECORD = 5


@dataclass
class Blow:
    """What struck: a statement, or the commit after all of them."""

    statements: int = 0
    at_commit: bool = False


@contextmanager
def struck(store: SqlStore, number: int) -> Iterator[Blow]:
    """The statement of this number fails; if there is none, the commit does."""
    blow, engine = Blow(), engine_of(store)

    def at_statement(*_: Any) -> None:
        blow.statements += 1
        if blow.statements == number:
            fail()

    def at_commit(_: Any) -> None:
        blow.at_commit = True
        fail()

    event.listen(engine, "before_cursor_execute", at_statement)
    event.listen(engine, "commit", at_commit)
    try:
        yield blow
    finally:
        event.remove(engine, "before_cursor_execute", at_statement)
        event.remove(engine, "commit", at_commit)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def furnished(
    request: pytest.FixtureRequest, migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Services, str]]:
    """One furnished practice for all writes here, since none of them may leave a trace."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{shutil.copy(migrated_file, tmp_path_factory.mktemp('struck') / 'authz.db')}"
        else:
            server: Server = request.getfixturevalue("postgresql")
            url = stack.enter_context(server.database())
        services = stack.enter_context(northside_on(url))
        furnish(services)
        yield services, url


@pytest.mark.parametrize("which", WRITES)
def test_a_write_that_fails_anywhere_leaves_everything_as_it_was(furnished: tuple[Services, str], which: str) -> None:
    services, url = furnished
    assert isinstance(services.store, SqlStore)
    before, write = everything(url), WRITES[which][1]
    blow, number = Blow(), 0
    while not blow.at_commit:
        number += 1
        with struck(services.store, number) as blow, pytest.raises(StoreUnavailable):
            write(services, ACTOR)
        assert everything(url) == before, f"statement {number}"
    assert number > BEGINNING_AND_RECORD
