"""What practices have in common is kept once, what is a practice's own stays with it, and nothing is kept for ever."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import pytest

from authz.checking import facts, plans, rulebooks
from authz.checking.deciding import decide, plan_and_facts
from authz.checking.memory import Memory
from authz.checking.plans import Plan
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Decision, Reason, Request, Resource
from authz.core.names import Practice, Subject
from authz.core.policy import Rule
from authz.policies.reports import REPORTS
from authz.reviewing.departures import Changes
from tests.checking.engines import Observed
from tests.policies.asking import ENGINE, SHIPPED
from tests.policies.cast import NORTH, NOW, PEOPLE, SOUTH, snapshot

NORTHS: Final = {practice: snapshot(practice, SHIPPED, Changes(), cast=PEOPLE[NORTH]) for practice in (NORTH, SOUTH)}
OWN: Final = {"analytics_roles": {"acc": ["fin.sales_tax"]}}


def reads(practice: Practice, who: str = "user:ray", resource: str = "chart_note", author: str = "user:ray") -> Request:
    return Request(practice, Subject.parse(who), "read", Resource(resource, "x", {"author": author}))


def plan_of(request: Request, held: PolicyHeld) -> Plan:
    found = plan_and_facts(request, held, NOW)
    assert found is not None
    return found[0]


def answers(held: PolicyHeld) -> list[Decision]:
    people = [f"user:{id}" for id in PEOPLE[NORTH]]
    return [decide(reads(held.practice, who, author=author), held, NOW) for who in people for author in people]


def test_what_casbin_answered_in_one_practice_is_not_asked_again_in_another_with_the_same_rules() -> None:
    engine = Observed()
    memory = Memory(engine)
    north = PolicyHeld(NORTHS[NORTH], memory, NOW)
    assert {answer.allowed for answer in answers(north)} == {True, False}
    asked = engine.asked
    south = PolicyHeld(NORTHS[SOUTH], memory, NOW)
    assert answers(south) == answers(north)
    assert engine.asked == asked > 0


def test_people_to_whom_the_same_rules_apply_share_a_plan_whatever_else_they_hold() -> None:
    held = PolicyHeld(NORTHS[NORTH], Memory(ENGINE), NOW)
    lee, ray = (plan_of(reads(NORTH, who, "patient"), held) for who in ("user:lee", "user:joe"))
    assert held.askers[Subject.user("lee")].roles != held.askers[Subject.user("joe")].roles
    assert lee is ray


@pytest.mark.parametrize("order", [("lee", "kim"), ("kim", "lee")])
def test_two_who_may_edit_by_the_same_rules_but_see_different_notes_are_answered_differently(
    order: tuple[str, str],
) -> None:
    people = {"kim": {"chart_notes": "none"}, "ray": {"others_can_edit_my_charts": True}}
    held = PolicyHeld(snapshot(NORTH, SHIPPED, Changes(people=people)), Memory(ENGINE), NOW)
    note = Resource("chart_note", "x", {"author": "user:ray", "state": "draft", "cosign": "none"})
    for _ in range(2):
        for who in order:
            assert decide(Request(NORTH, Subject.user(who), "edit", note), held, NOW).allowed is (who == "lee")


def test_a_role_of_the_same_name_means_in_each_practice_what_that_practice_wrote() -> None:
    memory, (norths, souths, *_) = Memory(ENGINE), REPORTS

    def told(practice: Practice, *reports: str) -> PolicyHeld:
        changes = Changes(people={"al": {"grants": ["acc"]}}, analytics_roles={"acc": list(reports)})
        return PolicyHeld(snapshot(practice, SHIPPED, changes, cast=PEOPLE[NORTH]), memory, NOW)

    held = {NORTH: told(NORTH, norths), SOUTH: told(SOUTH, souths)}
    for _ in range(2):
        for practice, policy in held.items():
            for report in (norths, souths):
                asked = Request(practice, Subject.user("al"), "view", Resource("analytics_report", report))
                assert decide(asked, policy, NOW).allowed is ((practice == NORTH) == (report == norths))


def test_who_holds_no_role_of_the_practices_own_is_answered_from_what_all_share() -> None:
    memory = Memory(ENGINE)
    plain_practice = PolicyHeld(NORTHS[SOUTH], memory, NOW)
    own = PolicyHeld(snapshot(NORTH, SHIPPED, Changes(**OWN)), memory, NOW)  # type: ignore[arg-type]
    assert plan_of(reads(NORTH), own) is plan_of(reads(SOUTH), plain_practice)


def test_a_change_in_one_practice_leaves_what_another_has_been_answered() -> None:
    engine = Observed()
    memory = Memory(engine)
    south = PolicyHeld(NORTHS[SOUTH], memory, NOW)
    before, asked = answers(south), engine.asked
    changed = replace(NORTHS[NORTH], rules=(*SHIPPED, Rule("practitioner", NORTH, "chart_note", "read", (), "deny")))
    north = PolicyHeld(changed, memory, NOW)
    assert decide(reads(NORTH), north, NOW).reason is Reason.FORBIDDEN
    asked_for_north = engine.asked - asked
    assert answers(south) == before
    assert engine.asked == asked + asked_for_north


def test_edited_rules_answer_for_themselves_and_what_nobody_uses_is_forgotten() -> None:
    memory = Memory(ENGINE)
    held = PolicyHeld(NORTHS[NORTH], memory, NOW)
    assert decide(reads(NORTH), held, NOW).allowed
    without = tuple(rule for rule in SHIPPED if (rule.resource, rule.action) != ("chart_note", "read"))
    edited = PolicyHeld(replace(NORTHS[NORTH], rules=without), memory, NOW)
    assert not decide(reads(NORTH), edited, NOW).allowed
    assert decide(reads(NORTH), held, NOW).allowed
    assert len(memory._books) == 2
    del held
    gc.collect()
    assert len(memory._books) == 1


def test_a_policy_loaded_anew_with_the_same_rules_of_its_own_keeps_its_answers() -> None:
    memory = Memory(ENGINE)
    told = snapshot(NORTH, SHIPPED, Changes(people={"al": {"grants": ["acc"]}}, **OWN))  # type: ignore[arg-type]
    held = PolicyHeld(told, memory, NOW)
    request = Request(NORTH, Subject.user("al"), "view", Resource("analytics_report", "fin.sales_tax"))
    first = plan_of(request, held)
    held = PolicyHeld(replace(told, revision=2), memory, NOW)
    assert plan_of(request, held) is first
    assert decide(request, held, NOW) == Decision(True, Reason.GRANTED, 2)


BOUNDS: Final[list[tuple[object, str]]] = [
    (rulebooks, "MOST_PLANS"), (rulebooks, "MOST_OWN_PLANS"), (plans, "MOST_KEPT"), (facts, "MOST_KEPT"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "bound"), BOUNDS)
def test_answers_are_the_same_however_little_is_remembered(
    module: object, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = replace(NORTHS[NORTH], rules=(*SHIPPED, Rule("practitioner", NORTH, "chart_note", "edit", ("draft",))))
    expected = answers(PolicyHeld(told, Memory(ENGINE), NOW))
    monkeypatch.setattr(module, bound, 1)
    held = PolicyHeld(told, Memory(ENGINE), NOW)
    assert answers(held) == answers(held) == expected


def test_no_more_is_remembered_than_the_bounds_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebooks, "MOST_PLANS", 3)
    monkeypatch.setattr(plans, "MOST_KEPT", 2)
    held = PolicyHeld(NORTHS[NORTH], Memory(ENGINE), NOW)
    answers(held)
    for resource in ("patient", "task", "claim", "superbill"):
        decide(reads(NORTH, "user:lee", resource), held, NOW)
    assert len(held._book._plans) <= 3
    assert len(held._book._alike) <= 3
    assert all(len(plan.outcomes) <= 2 for plan in held._book._plans.values())


def test_strangers_leave_nothing_behind() -> None:
    held = PolicyHeld(NORTHS[NORTH], Memory(ENGINE), NOW)
    for number in range(200):
        assert decide(reads(NORTH, f"user:s{number}"), held, NOW).reason is Reason.UNKNOWN_SUBJECT
    assert not held._book._plans


def test_a_no_of_a_casbin_that_failed_is_not_remembered() -> None:
    engine = Observed()
    engine.fails = True
    held = PolicyHeld(NORTHS[NORTH], Memory(engine), NOW)
    for action in ("read", "edit", "list"):
        note = Resource("chart_note", "", {"author": "user:ray", "state": "draft"})
        request = reads(NORTH)._replace(action=action, resource=note)
        assert decide(request, held, NOW) == Decision(False, Reason.POLICY_DAMAGED, 1)
        engine.fails = False
        assert decide(request, held, NOW).allowed
        engine.fails = True
        assert decide(request, held, NOW).allowed


def test_threads_that_ask_all_at_once_a_memory_that_keeps_forgetting_get_the_right_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = answers(PolicyHeld(NORTHS[NORTH], Memory(ENGINE), NOW))
    monkeypatch.setattr(rulebooks, "MOST_PLANS", 2)
    monkeypatch.setattr(plans, "MOST_KEPT", 1)
    memory = Memory(ENGINE)

    def ask(number: int) -> list[Decision]:
        return answers(PolicyHeld(NORTHS[NORTH], memory, NOW))

    with ThreadPoolExecutor(8) as pool:
        assert all(answered == expected for answered in pool.map(ask, range(24)))
