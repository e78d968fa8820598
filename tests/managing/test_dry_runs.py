"""A dry run refuses whatever the write would be refused for, what only the database knows included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from authz.bootstrap import Services
from authz.core.errors import Conflict
from authz.core.names import Practice
from authz.managing import Details, Terms
from tests.managing.conftest import ACTOR, NORTH, user
from tests.managing.test_every_write import dump

REFUSED: dict[str, tuple[str, Callable[[Services, Terms], object]]] = {
    "a person with somebody's address": (
        "email_taken",
        lambda s, by: s.people.add(by, NORTH, None, "SADM@clinic.example", "Bea"),
    ),
    "a person with somebody's address for an alias": (
        "email_taken",
        lambda s, by: s.people.add(by, NORTH, None, "bea@clinic.example", "Bea", aliases=["lee@clinic.example"]),
    ),
    "a person with somebody's id": (
        "id_taken",
        lambda s, by: s.people.add(by, NORTH, "sadm", "bea@clinic.example", "Bea"),
    ),
    "an outsider with somebody's address": (
        "email_taken",
        lambda s, by: s.people.add_outsider(by, "op", "lee@clinic.example", "Op"),
    ),
    "another address that is somebody's": (
        "email_taken",
        lambda s, by: s.people.change_email(by, NORTH, user("ray"), "sadm@clinic.example"),
    ),
    "an alias that is somebody's address": (
        "email_taken",
        lambda s, by: s.people.edit(by, NORTH, user("ray"), Details(aliases=["sadm@clinic.example"])),
    ),
    "a practice that is there": (
        "practice_exists",
        lambda s, by: s.practices.open(by, NORTH, "Again", "bea", "bea@clinic.example", "Bea"),
    ),
    "a practice whose owner has somebody's address": (
        "email_taken",
        lambda s, by: s.practices.open(by, Practice("west"), "West", "bea", "lee@clinic.example", "Bea"),
    ),
}


@pytest.mark.parametrize("which", REFUSED)
def test_a_dry_run_and_the_write_are_refused_in_the_same_words(
    practice: Services, database_url: str, which: str
) -> None:
    code, write = REFUSED[which]
    rows, told = dump(database_url), []
    for by in (replace(ACTOR, dry_run=True), ACTOR):
        with pytest.raises(Conflict) as refused:
            write(practice, by)
        told.append((refused.value.code, str(refused.value)))
        assert dump(database_url) == rows
    assert told[0] == told[1]
    assert told[0][0] == code
