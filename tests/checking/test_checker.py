"""Answers are of now: whoever writes, the next check sees it, and memory holds a bounded number of practices."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC, datetime

import pytest

from authz.bootstrap import Services, services
from authz.checking import Checker
from authz.checking.awaiting import FARTHEST_AHEAD, MOST_WAITING
from authz.core.decision import Reason, Request, Resource
from authz.core.errors import NotFound, StoreUnavailable
from authz.core.names import INSTALLATION, Practice, Subject
from authz.engine import CasbinEngine
from authz.policies.shipped import shipped
from authz.policies.switches import default_sheet
from authz.settings import Settings
from tests.managing.conftest import ACTOR, NORTH, SOUTH, practice, user

__all__ = ["practice"]
READS = Request(NORTH, user("lee"), "read", Resource("chart_note", "n1", {"author": "user:ray", "state": "draft"}))


def test_a_write_by_another_process_is_seen_by_the_next_check(practice: Services) -> None:
    assert practice.checker.check(READS).allowed
    other = services(Settings(database_url=practice.settings.database_url))
    try:
        revision = other.access.put(ACTOR, NORTH, user("lee"), default_sheet()).revision
        answer = practice.checker.check(READS)
        assert (answer.allowed, answer.revision) == (False, revision)
    finally:
        other.close()


def test_a_change_of_the_shipped_roles_reaches_every_practice(practice: Services) -> None:
    assert practice.checker.check(READS).allowed
    kept = [rule for rule in practice.store.snapshot(INSTALLATION).rules if rule.role != "chart-notes-all"]
    practice.seeding.load(ACTOR, kept)
    assert not practice.checker.check(READS).allowed


def test_a_grant_in_the_whole_installation_counts_in_every_practice_and_ends_everywhere(practice: Services) -> None:
    asking = [
        Request(p, Subject.parse("service:charting"), "ask", Resource("decision", attributes={"owner": "user:lee"}))
        for p in (NORTH, SOUTH, INSTALLATION)
    ]
    assert {practice.checker.check(request).reason for request in asking} == {Reason.UNKNOWN_SUBJECT}
    practice.grants.grant(ACTOR, INSTALLATION, Subject.parse("service:charting"), "decision-caller")
    assert {practice.checker.check(request).allowed for request in asking} == {True}
    practice.grants.revoke(ACTOR, INSTALLATION, Subject.parse("service:charting"), "decision-caller")
    assert {practice.checker.check(request).allowed for request in asking} == {False}


def test_a_batch_is_decided_at_one_revision(practice: Services) -> None:
    revision, decisions = practice.checker.check_all(NORTH, [READS] * 3)
    assert {d.revision for d in decisions} == {revision} == {practice.store.revision(NORTH)}


def test_an_unknown_practice_is_an_error_and_no_answer(practice: Services) -> None:
    with pytest.raises(NotFound):
        practice.checker.check(Request(Practice("nowhere"), user("lee"), "read", Resource("patient")))


def test_a_revision_that_does_not_come_is_an_error_and_no_answer(
    practice: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = practice.store.revision(NORTH)
    assert practice.checker.check(READS, at_least=now).revision == now
    monkeypatch.setattr("authz.checking.awaiting.LONGEST_WAIT_SECONDS", 0.05)
    with pytest.raises(StoreUnavailable, match=f"revision {now + 1} has not arrived"):
        practice.checker.check(READS, at_least=now + 1)


def test_a_revision_far_ahead_is_not_waited_for(practice: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("authz.checking.awaiting.LONGEST_WAIT_SECONDS", 3600.0)
    for far in (2**53 - 1, practice.store.revision(NORTH) + FARTHEST_AHEAD + 1):
        with pytest.raises(StoreUnavailable, match="has not arrived"):
            practice.checker.check(READS, at_least=far)


def test_few_wait_for_a_revision_at_a_time_and_the_others_are_told_at_once(
    practice: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("authz.checking.awaiting.LONGEST_WAIT_SECONDS", 3600.0)
    awaited = practice.store.revision(NORTH) + 1
    with ThreadPoolExecutor(MOST_WAITING + 1) as pool:
        asked = [pool.submit(practice.checker.check, READS, awaited) for _ in range(MOST_WAITING + 1)]
        [refused] = wait(asked, return_when=FIRST_COMPLETED).done
        with pytest.raises(StoreUnavailable, match="has not arrived"):
            refused.result()
        practice.access.put(ACTOR, NORTH, user("lee"), default_sheet())
        answered = [one.result() for one in asked if one is not refused]
    assert [decision.revision for decision in answered] == [awaited] * MOST_WAITING
    assert practice.checker.check(READS, at_least=awaited).revision == awaited


def test_a_revision_that_comes_while_the_check_waits_is_answered_from(practice: Services) -> None:
    awaited = practice.store.revision(NORTH) + 1
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(practice.checker.check, READS, awaited)
        practice.access.put(ACTOR, NORTH, user("lee"), default_sheet())
        assert (answer.result().allowed, answer.result().revision) == (False, awaited)


def test_no_more_practices_are_held_than_the_limit_and_the_last_asked_stay(practice: Services) -> None:
    names = [Practice(f"p{number}") for number in range(5)]
    for name in names:
        practice.practices.open(ACTOR, name, "P", None, f"{name}@clinic.example", "Owner")
    checker = Checker(practice.store, CasbinEngine(shipped("model.conf")), lambda: datetime.now(UTC), keep=3)
    for name in [*names, names[2]]:
        checker.check(Request(name, user("lee"), "read", Resource("patient")))
    assert list(checker._held) == [names[3], names[4], names[2]]


def test_checks_during_writes_never_answer_from_before_an_acknowledged_write(practice: Services) -> None:
    on, off = default_sheet(practitioner=True), default_sheet(practitioner=True, chart_notes="none")

    def ask_until(stop: list[bool]) -> list[str]:
        wrong = []
        while not stop:
            least, expected = acknowledged[-1]
            answer = practice.checker.check(READS)
            if answer.revision < least or (answer.revision == least and answer.allowed is not expected):
                wrong.append(f"{answer} after revision {least} was acknowledged")
        return wrong

    acknowledged = [(practice.store.revision(NORTH), True)]
    stop: list[bool] = []
    with ThreadPoolExecutor(3) as pool:
        askers = [pool.submit(ask_until, stop) for _ in range(3)]
        for number in range(30):
            allowed = bool(number % 2)
            revision = practice.access.put(ACTOR, NORTH, user("lee"), on if allowed else off).revision
            acknowledged.append((revision, allowed))
        stop.append(True)
    assert [asker.result() for asker in askers] == [[], [], []]
