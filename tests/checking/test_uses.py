"""When a role last said yes is known, to within a minute, and costs no answer anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from authz.bootstrap import Services, services
from authz.core.decision import Request, Resource
from authz.core.errors import StoreUnavailable
from authz.core.names import INSTALLATION, Practice, Subject
from authz.settings import Settings
from tests.managing.conftest import ACTOR, NORTH, SOUTH, northside_on, user
from tests.storage.conftest import raw

NOTE = Resource("chart_note", "n1", {"author": "user:ray", "state": "draft"})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time, of which there is one, held in the hand."""
    return [datetime(2026, 11, 23, 12, tzinfo=UTC)]


def used(service: Services, practice: Practice) -> dict[tuple[str, str], datetime]:
    return {(str(who), role): at for (who, role), at in service.store.uses(practice).items()}


def asked(service: Services, who: str, action: str, resource: Resource, practice: Practice = NORTH) -> bool:
    return service.checker.check(Request(practice, Subject.parse(who), action, resource)).allowed


def test_every_role_that_says_yes_is_noted_and_no_other(database_url: str, clock: list[datetime]) -> None:
    with northside_on(database_url):
        service = services(Settings(database_url=database_url), lambda: clock[0])
        assert asked(service, "user:ray", "edit", NOTE)
        assert not asked(service, "user:lee", "edit", NOTE)
        assert used(service, NORTH) == {}
        assert service.checker.uses.note() == 1
        assert used(service, NORTH) == {("user:ray", "practitioner"): clock[0]}
        assert asked(service, "user:ana", "read", NOTE)
        assert asked(service, "user:ana", "list", Resource("analytics_report"))
        assert service.checker.uses.note() == 2
        assert used(service, NORTH).keys() - {("user:ray", "practitioner")} == {
            ("user:ana", "practice-admin"),
            ("user:ana", "analytics-all"),
        }
        assert used(service, SOUTH) == {}
        service.close()


def test_each_noting_tells_the_last_minute_and_the_latest_counts(database_url: str, clock: list[datetime]) -> None:
    with northside_on(database_url):
        service = services(Settings(database_url=database_url), lambda: clock[0])
        first = clock[0]
        for minutes in (0, 1, 59):
            clock[0] = first + timedelta(minutes=minutes)
            assert asked(service, "user:ray", "edit", NOTE)
            service.checker.uses.note()
            assert used(service, NORTH) == {("user:ray", "practitioner"): clock[0]}
        clock[0] += timedelta(minutes=1)
        assert service.checker.uses.note() == 0
        service.store.note_uses([(NORTH, user("ray"), "practitioner")], first)
        assert used(service, NORTH) == {("user:ray", "practitioner"): first + timedelta(minutes=59)}
        service.close()


def test_very_many_uses_are_all_noted(database_url: str) -> None:
    with northside_on(database_url) as service:
        now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        many = {(NORTH, user(f"u{number}"), "member") for number in range(1_203)}
        service.store.note_uses(many, now)
        service.store.note_uses(many, now + timedelta(minutes=1))
        assert service.store.uses(NORTH) == {(who, role): now + timedelta(minutes=1) for _, who, role in many}


def test_nothing_is_lost_when_the_policy_changes_or_goes_from_memory(database_url: str) -> None:
    with northside_on(database_url) as service:
        assert asked(service, "user:ray", "edit", NOTE)
        service.access.patch(ACTOR, NORTH, user("ray"), {"edit_claims": True})
        assert asked(service, "user:kim", "read", NOTE)
        service.practices.set_up(ACTOR, NORTH, name="North")
        assert asked(service, "user:lee", "read", Resource("patient"))
        service.checker.uses.note()
        assert used(service, NORTH).keys() == {
            ("user:ray", "practitioner"),
            ("user:kim", "chart-notes-all"),
            ("user:lee", "member"),
        }
        few = services(Settings(database_url=database_url, practices_in_memory=1))
        assert asked(few, "user:sadm", "read", Resource("audit_log"), SOUTH)
        assert asked(few, "user:ana", "read", Resource("audit_log"))
        few.checker.uses.note()
        assert ("user:sadm", "practice-admin") in used(service, SOUTH)
        few.close()


def test_a_role_above_all_practices_was_used_where_it_was_used_last(database_url: str) -> None:
    with northside_on(database_url) as service:
        service.grants.grant(ACTOR, INSTALLATION, user("lee"), "security-reviewer")
        assert asked(service, "user:lee", "read", Resource("audit_log"), SOUTH)
        service.checker.uses.note()
        assert ("user:lee", "security-reviewer") in used(service, INSTALLATION)
        assert ("user:lee", "security-reviewer") not in used(service, NORTH)


def test_what_cannot_be_written_now_is_written_later_and_no_revision_grows(database_url: str) -> None:
    with northside_on(database_url) as service:
        revision = service.store.revision(NORTH)
        assert asked(service, "user:ray", "edit", NOTE)
        with raw(database_url) as connection:
            connection.exec_driver_sql("ALTER TABLE uses RENAME TO elsewhere")
        with pytest.raises(StoreUnavailable):
            service.checker.uses.note()
        with raw(database_url) as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO uses")
        assert service.checker.uses.note() == 1
        assert ("user:ray", "practitioner") in used(service, NORTH)
        assert service.store.revision(NORTH) == revision


def test_the_end_of_a_process_notes_what_has_come_together(database_url: str) -> None:
    with northside_on(database_url) as service:
        ending = services(Settings(database_url=database_url))
        ending.checker.uses.start()
        assert asked(ending, "user:ray", "edit", NOTE)
        ending.close()
        assert ("user:ray", "practitioner") in used(service, NORTH)


def test_many_uses_are_written_in_parts_and_a_part_that_fails_costs_no_other(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("authz.checking.uses.MOST_AT_ONCE", 1)
    with northside_on(database_url) as service:
        parts: list[int] = []
        write = service.store.note_uses

        def note_uses(noted: Sequence[tuple[Practice, Subject, str]], at: datetime) -> None:
            parts.append(len(noted))
            if len(parts) == 2:
                raise StoreUnavailable("away")
            write(noted, at)

        monkeypatch.setattr(service.store, "note_uses", note_uses)
        uses = service.checker.uses
        expected = {("user:ray", "practitioner"), ("user:kim", "chart-notes-all"), ("user:lee", "member")}
        assert asked(service, "user:ray", "edit", NOTE)
        assert asked(service, "user:kim", "read", NOTE)
        assert asked(service, "user:lee", "read", Resource("patient"))
        with pytest.raises(StoreUnavailable):
            uses.note()
        assert len(used(service, NORTH)) == 1
        assert uses.note() == 2
        assert used(service, NORTH).keys() == expected
        assert parts == [1, 1, 1, 1]
