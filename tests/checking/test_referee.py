"""The referee decides live questions again by plain Casbin; where it answers otherwise, the answer becomes a no."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from fractions import Fraction

import pytest

from authz.bootstrap import Services, services
from authz.checking import referee as referee_module
from authz.checking.deciding import plan_and_facts
from authz.checking.plans import Outcome
from authz.checking.referee import Referee
from authz.core.decision import Reason, Request, Resource
from authz.core.names import INSTALLATION, Practice, Subject
from authz.engine import PlainCasbin
from authz.policies.shipped import shipped
from authz.policies.switches import default_sheet
from authz.settings import Settings
from tests.checking.test_isolation import questions
from tests.managing.conftest import ACTOR, NORTH, SOUTH, practice, user

__all__ = ["practice"]
NOTE = {"author": "user:ray", "state": "draft", "patient": "patient-of-ray"}


def edits(where: Practice = NORTH, who: str = "lee", state: str = "draft") -> Request:
    return Request(where, user(who), "edit", Resource("chart_note", "note-1", {**NOTE, "state": state}))


@pytest.fixture
def watched(practice: Services) -> Iterator[Services]:
    """The practices with a referee that looks at every decision."""
    service = services(Settings(database_url=practice.settings.database_url, referee=Fraction(1, 1)))
    yield service
    service.close()


def referee_of(service: Services) -> Referee:
    referee = service.checker._referee
    assert referee is not None
    return referee


def forge_a_yes(service: Services, request: Request) -> None:
    """Puts a yes in the place of what is remembered for a question, as a fault in the memory would."""
    held, now = service.checker._current(request.practice, None)
    found = plan_and_facts(request, held, now)
    assert found is not None
    plan, facts = found
    plan.outcomes[facts] = Outcome(Reason.GRANTED)


def test_without_the_setting_there_is_no_referee(practice: Services) -> None:
    assert practice.checker._referee is None


def test_right_answers_stay_as_they_are_and_nothing_is_logged(
    watched: Services, caplog: pytest.LogCaptureFixture
) -> None:
    asked = questions(NORTH)
    for _ in range(2):
        before = watched.checker.check_all(NORTH, asked[:200])[1]
        referee_of(watched).settle()
    assert referee_of(watched).counts["differing"] == referee_of(watched).counts["failed"] == 0
    assert referee_of(watched).counts["decided"] > 200
    assert watched.checker.check_all(NORTH, asked[:200])[1] == before
    assert "referee" not in caplog.text


def test_a_wrong_answer_is_logged_without_the_patient_counted_and_denied_from_then_on(
    watched: Services, caplog: pytest.LogCaptureFixture
) -> None:
    request, before = edits(state="signed"), watched.counts.total().refereed
    watched.checker.check(request)
    forge_a_yes(watched, request)
    assert watched.checker.check(request).allowed
    referee_of(watched).settle()
    assert referee_of(watched).counts["differing"] == 1
    told = watched.counts.total().refereed  # what all processes of a server tell together
    assert {name: told[name] - before[name] for name in told} == {
        "decided": 2,
        "differing": 1,
        "failed": 0,
        "dropped": 0,
    }
    assert watched.checker.check(request).reason is Reason.POLICY_DAMAGED
    [record] = [r for r in caplog.records if r.getMessage() == "referee_differs"]
    told = {key: value for key, value in vars(record).items() if key not in vars(logging.makeLogRecord({}))}
    assert told["answered"] == Reason.GRANTED
    assert told["referee"] == Reason.ONLY_AUTHOR
    assert (told["practice"], told["resource"], told["action"]) == ("northside", "chart_note", "edit")
    assert not any(secret in str(told) for secret in ("patient-of-ray", "note-1", "user:lee", "user:ray"))


def test_a_question_once_refused_stays_refused_when_its_practice_is_loaded_anew_and_its_memory_emptied(
    watched: Services,
) -> None:
    request = edits()
    watched.checker.check(request)
    forge_a_yes(watched, request)
    watched.checker.check(request)
    referee_of(watched).settle()
    watched.access.put(ACTOR, NORTH, user("ray"), default_sheet(practitioner=True, edit_claims=True))
    held, now = watched.checker._current(NORTH, None)
    found = plan_and_facts(request, held, now)
    assert found is not None
    found[0].outcomes.clear()
    assert watched.checker.check(request).reason is Reason.POLICY_DAMAGED
    assert watched.checker.check(edits(state="signed")).reason is Reason.ONLY_AUTHOR


def test_too_many_decisions_at_once_are_dropped_and_counted_and_nobody_waits(
    practice: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(referee_module, "MOST_WAITING", 3)
    referee = Referee(PlainCasbin(shipped("model.conf")), Fraction(1, 1))
    held, now = practice.checker._current(NORTH, None)
    decision = practice.checker.check(edits())
    monkeypatch.setattr(referee, "_start", lambda: None)
    for _ in range(10):
        referee.watch(edits(), held, now, decision)
    assert referee.counts == {"dropped": 7}
    monkeypatch.undo()
    referee.watch(edits(), held, now, decision)
    referee._start()
    referee.settle()
    assert referee.counts["decided"] == 3
    referee.close()


def test_a_second_opinion_that_cannot_be_had_is_counted_and_changes_no_answer(
    watched: Services, caplog: pytest.LogCaptureFixture
) -> None:
    decision = watched.checker.check(edits())
    referee = referee_of(watched)
    referee.settle()
    held, now = watched.checker._current(NORTH, None)
    strange = Request(NORTH, user("lee"), "no_such_action", Resource("chart_note"))
    referee.watch(strange, held, now, decision)
    referee.settle()
    assert referee.counts["failed"] == 1
    assert "referee_failed" in caplog.text
    assert watched.checker.check(edits()) == decision


def test_closing_ends_the_thread_and_a_later_decision_starts_another(watched: Services) -> None:
    def running() -> int:
        return sum(thread.name == "authz-referee" for thread in threading.enumerate())

    for _ in range(2):
        watched.checker.check(edits())
        assert running() == 1
        watched.checker.close()
        assert running() == 0


def test_about_one_in_so_many_is_decided_again(practice: Services) -> None:
    referee = Referee(PlainCasbin(shipped("model.conf")), Fraction(1, 20))
    held, now = practice.checker._current(NORTH, None)
    decision = practice.checker.check(edits())
    for _ in range(400):
        referee.watch(edits(), held, now, decision)
        referee.settle()
    assert 0 < referee.counts["decided"] < 200
    referee.close()


def test_who_asks_from_outside_all_practices_and_in_the_installation_is_decided_again_too(watched: Services) -> None:
    watched.grants.grant(ACTOR, INSTALLATION, Subject.parse("service:charting"), "decision-caller")
    for where in (NORTH, SOUTH, INSTALLATION):
        thing = Resource("decision", attributes={"owner": "user:lee"})
        assert watched.checker.check(Request(where, Subject.parse("service:charting"), "ask", thing)).allowed
    referee_of(watched).settle()
    assert referee_of(watched).counts == {"decided": 3}
