"""An explanation says what the check says, and what it suggests makes a no a yes, with nothing left to spare."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from authz.bootstrap import Services, services
from authz.core.changes import Change, Event, PracticeRole, PutRole
from authz.core.decision import Context, Reason, Request, Resource
from authz.core.errors import AuthzError
from authz.core.names import Practice, Subject
from authz.core.people import SEATS
from authz.core.policy import Rule, Snapshot
from authz.managing import Details, Wish
from authz.policies.switches import GIVEN_ABOVE, OF_SERVICES, SWITCHES
from authz.reviewing.candidates import Candidate
from authz.reviewing.discretion import without_own_roles
from authz.reviewing.explaining import Explanation
from authz.reviewing.suggesting import Step, Suggestion, Tried, could_be_made
from authz.reviewing.telling import as_plain
from authz.reviewing.trying import (
    as_member,
    asked_with,
    emergency,
    granted,
    own_analytics,
    reactivated,
    with_switch,
)
from authz.reviewing.wording import in_sentences
from authz.settings import Settings
from tests.managing.conftest import ACTOR, NORTH, SOUTH, by, northside_on, user
from tests.managing.test_at_random import WRITERS, Attempts
from tests.managing.writes import furnish
from tests.reviewing.asking import questions

QUESTIONS = 150
PAIRS = 3


def shaken(service: Services, seed: int) -> None:
    """A furnished practice after some dozens of writes at random."""
    furnish(service)
    service.people.add_outsider(ACTOR, "op", "op@x.example", "Op")
    attempts = Attempts(service, seed)
    for number in range(40):
        writer = ACTOR if number % 2 else by(attempts.random.choice(WRITERS), "because")
        try:
            attempts.random.choice(attempts.all(writer, NORTH))()
        except AuthzError:
            continue


def as_id(name: object) -> Subject:
    return Subject.parse(str(name))


CARRY_OUT: dict[str, Callable[[Services, dict[str, object]], object]] = {
    "switch": lambda s, a: s.access.patch(ACTOR, NORTH, as_id(a["user"]), {str(a["switch"]): a["to"]}),
    "role": lambda s, a: s.grants.grant(ACTOR, Practice.of(str(a["practice"])), as_id(a["subject"]), str(a["role"])),
    "seat": lambda s, a: s.people.edit(ACTOR, NORTH, as_id(a["user"]), Details(seat=str(a["to"]))),
    "cosigner": lambda s, a: s.people.edit(ACTOR, NORTH, as_id(a["user"]), Details(cosigner=as_id(a["to"]))),
    "reactivation": lambda s, a: s.memberships.reactivate(ACTOR, NORTH, as_id(a["user"])),
    "emergency": lambda s, a: s.emergencies.start(
        by(as_id(a["user"]).id, "collapse"), NORTH, str(a["patient"]), 60
    ),
    "seat_confirmation": lambda s, a: approved(s, as_id(a["user"]), "paid_seat"),
    "erx_enablement": lambda s, a: approved(s, as_id(a["user"]), "erx_enablement"),
}  # fmt: skip


def approved(service: Services, who: Subject, kind: str) -> None:
    """The request that waits, or one made for it, is allowed."""
    waiting = [r for r in service.store.access_requests(NORTH, "pending", who) if r.kind == kind]
    if not waiting:
        service.requests.ask(ACTOR if kind == "paid_seat" else by(prescriber(service, who)), NORTH, kind, who)
        waiting = [r for r in service.store.access_requests(NORTH, "pending", who) if r.kind == kind]
    assert service.requests.approve(ACTOR, NORTH, waiting[0].id).written


def prescriber(service: Services, other_than: Subject) -> str:
    """Somebody who may ask for an enablement, made so if there is nobody."""
    who = next(user(id) for id in ("kim", "lee") if user(id) != other_than)
    service.access.patch(ACTOR, NORTH, who, {"practitioner": True, "prescriber": True})
    if not service.store.snapshot(NORTH).memberships[who].active:
        service.memberships.reactivate(ACTOR, NORTH, who)
    return who.id


def carried_out(service: Services, request: Request, suggestion: Suggestion) -> Request:
    """Everything that was suggested is done, by the use cases that do it, and the question asked as was suggested."""
    context = request.context
    for step in suggestion:
        match step.kind:
            case "reason":
                context = replace(context, reason="because")
            case "second_factor":
                context = replace(context, epcs_2fa=True)
            case "sign_in":
                context = replace(context, authenticated_at=datetime.now(UTC))
            case kind:
                CARRY_OUT[kind](service, dict(step.about))
    return request._replace(context=context)


@pytest.mark.parametrize("seed", [1])
def test_it_says_what_the_check_says_and_names_the_rule(practice: Services, seed: int) -> None:
    shaken(practice, seed)
    allowed = 0
    for request in questions(seed, QUESTIONS):
        explanation, decision = practice.explaining.explain(request), practice.checker.check(request)
        assert explanation.decision == decision
        assert json.dumps(as_plain(explanation))
        assert explanation.decision.allowed == (not in_sentences(explanation).startswith(f"{request.subject} may not"))
        if decision.allowed:
            allowed += 1
            assert explanation.rule is not None
            assert explanation.rule.role in {role.role for role in explanation.roles}
            assert explanation.would_allow == ()
            assert all(explanation.conditions[name] for name in explanation.rule.conditions)
    assert allowed > QUESTIONS // 20


@pytest.mark.parametrize("seed", [4])
def test_what_it_suggests_makes_the_answer_yes(sqlite_url: str, seed: int) -> None:
    with northside_on(sqlite_url) as service:
        shaken(service, seed)
        counted: dict[str, int] = {}
        for request in questions(seed, QUESTIONS):
            explanation = service.explaining.explain(request)
            for suggestion in explanation.would_allow[:1]:
                # Words of the sheet may stand for more than one role: the suggestion was made for this very state.
                asked = carried_out(service, request, suggestion)
                assert service.checker.check(asked).allowed, (request, suggestion)
                for step in suggestion:
                    counted[step.kind] = counted.get(step.kind, 0) + 1
        assert {"switch", "seat"} <= counted.keys()
        assert sum(counted.values()) > QUESTIONS // 20


@pytest.mark.parametrize("seed", [6])
def test_nothing_smaller_would_do_and_nothing_of_that_size_is_left_out(sqlite_url: str, seed: int) -> None:
    with northside_on(sqlite_url) as service:
        shaken(service, seed)
        refused, pairs = 0, 0
        for request in questions(seed, QUESTIONS // 2):
            explanation = service.explaining.explain(request)
            if explanation.decision.allowed:
                continue
            refused += 1
            found = {frozenset(map(told, one)) for one in explanation.would_allow}
            singles = tried(service, explanation, 1)
            if singles or any(len(one) == 1 for one in found):
                assert found == singles, request
            elif pairs < PAIRS and request.subject in service.store.snapshot(NORTH).memberships:
                pairs += 1
                two = tried(service, explanation, 2)
                assert {one for one in found if len(one) == 2} == two or (len(found) == 10 and found <= two), request
        assert refused > QUESTIONS // 5
        assert pairs == PAIRS


def told(step: Step | Candidate) -> str:
    return f"{step.kind} {json.dumps(dict(step.about), sort_keys=True)}"


def tried(service: Services, explanation: Explanation, size: int) -> set[frozenset[str]]:
    """So many changes out of all there are, those that could not matter included, tried on the whole practice."""
    snapshot, request, now = service.store.snapshot(NORTH), explanation.request, explanation.at
    start, memory, found = Tried(snapshot, request), service.checker.memory, set()
    for some in combinations([*every_change(snapshot, request)], size):
        if could_be_made(start, some, memory, now):
            found.add(frozenset(map(told, some)))
    return {one for one in found if size == 1 or not any(smaller < one for smaller in found)}


def every_change(snapshot: Snapshot, request: Request) -> Iterator[Candidate]:
    """Every change that a suggestion may be made of, in the order in which they make sense."""
    if request.subject in snapshot.memberships:
        yield from of_members(snapshot, request)
    yield from of_roles(snapshot, request)
    yield from of_authors(snapshot, request)
    yield Candidate("reason", {}, "", asked_with(reason="a reason"))
    yield Candidate("second_factor", {}, "", asked_with(epcs_2fa=True))
    if request.context.authenticated_at:
        yield Candidate("sign_in", {}, "", asked_with(authenticated_at=None))
    patient = request.resource.attributes.get("patient")
    if patient and request.subject in snapshot.memberships:
        yield Candidate("emergency", {"user": str(request.subject), "patient": patient}, "", emergency)


def of_members(snapshot: Snapshot, request: Request) -> Iterator[Candidate]:
    who, member = request.subject, snapshot.memberships[request.subject]
    named = {rule.role for rule in snapshot.rules if rule.role.startswith("erx-level.")}
    levels = [None, *(role.removeprefix("erx-level.") for role in named)]
    values = {"erx_level": levels, "analytics": ["none", "all", *own_analytics(snapshot)]}
    if not (member.active and snapshot.people[who].active):
        yield Candidate("reactivation", {"user": str(who)}, "", reactivated)
    for switch in SWITCHES:
        for value in values.get(switch.field, switch.choices or (True, False)):
            about = {"user": str(who), "switch": switch.field, "to": value}
            yield Candidate("switch", about, "", with_switch(who, switch.field, value))
    for seat in SEATS:
        if member.seat != seat:
            yield Candidate("seat", {"user": str(who), "to": seat}, "", as_member(who, seat=seat, seat_confirmed=True))
    yield Candidate("seat_confirmation", {"user": str(who)}, "", as_member(who, seat_confirmed=True))
    yield Candidate("erx_enablement", {"user": str(who)}, "", as_member(who, erx_enabled=True))


def of_roles(snapshot: Snapshot, request: Request) -> Iterator[Candidate]:
    who = request.subject
    own = {rule.role for rule in snapshot.rules if rule.practice == NORTH} - own_analytics(snapshot)
    places = dict.fromkeys(own, "northside")
    if who.kind == "service":
        places |= {"decision-caller": "northside", "registrar": "northside"}
    elif who in snapshot.people and who not in snapshot.memberships:
        places |= dict.fromkeys(GIVEN_ABOVE - OF_SERVICES, "*")
    held = {(grant.role, grant.practice.id) for grant in snapshot.grants if grant.subject == who}
    for role, place in places.items():
        if (role, place) not in held:
            yield Candidate(
                "role", {"subject": str(who), "role": role, "practice": place}, "", granted(who, role, place)
            )


def of_authors(snapshot: Snapshot, request: Request) -> Iterator[Candidate]:
    who, author = request.subject, request.resource.attributes.get("author", str(request.subject))
    of = Subject.parse(author)
    if of != who and of in snapshot.memberships:
        about = {"user": author, "switch": "others_can_edit_my_charts", "to": True}
        yield Candidate("switch", about, "", with_switch(of, "others_can_edit_my_charts", True))
        if who in snapshot.memberships:
            yield Candidate("cosigner", {"user": author, "to": str(who)}, "", as_member(of, cosigner=who))


def test_a_grant_that_has_ended_is_named(practice: Services) -> None:
    ends = datetime.now(UTC) + timedelta(hours=1)
    practice.people.add(ACTOR, NORTH, "bea", "bea@clinic.example", "Bea")
    practice.grants.grant(ACTOR, NORTH, user("bea"), "payment-refunder", ends)
    request = Request(NORTH, user("bea"), "refund", Resource("payment"))
    assert practice.explaining.explain(request).ended == ()
    later = services(Settings(database_url=practice.settings.database_url), lambda: ends + timedelta(days=1))
    explanation = later.explaining.explain(request)
    later.close()
    assert not explanation.decision.allowed
    assert [(role.role, role.granted_by, role.expires_at) for role in explanation.ended] == [
        ("payment-refunder", "cli:tests", ends)
    ]
    assert f"`payment-refunder`, given by cli:tests, ended on {ends:%Y-%m-%d}" in in_sentences(explanation)
    assert [role["role"] for role in as_plain(explanation)["ended"]] == ["payment-refunder"]


def test_who_has_left_is_told_all_that_it_takes_to_come_back(practice: Services) -> None:
    practice.people.add(ACTOR, NORTH, "old", "old@clinic.example", "Old")
    began = datetime.now(UTC)
    practice.memberships.deactivate(ACTOR, NORTH, user("old"))
    prescription = Resource("erx_controlled", "x1", {"named_prescriber": "user:old"})
    request = Request(NORTH, user("old"), "sign", prescription, Context(began - timedelta(minutes=1)))
    [suggestion] = practice.explaining.explain(request).would_allow
    kinds = [step.kind for step in suggestion]
    assert kinds == ["reactivation", "switch", "switch", "second_factor", "sign_in"]
    assert practice.checker.check(carried_out(practice, request, suggestion)).allowed


def many_roles(service: Services, count: int) -> None:
    """So many roles of the practice's own that let people read chart notes."""
    ids = [f"role-{number}" for number in range(count)]
    rules = {id: Rule(id, NORTH, "chart_note", "read", ()) for id in ids}
    made = [PutRole(PracticeRole(NORTH, id, id, "role", (rules[id],))) for id in ids]
    service.store.apply(Change(NORTH, tuple(made), (Event(ACTOR.actor, "role_changed", "roles"),)))


def test_a_guest_who_left_at_home_is_told_that_nothing_here_helps(practice: Services) -> None:
    practice.people.add(ACTOR, SOUTH, "far", "far@clinic.example", "Far")
    practice.memberships.admit(ACTOR, NORTH, user("far"))
    practice.memberships.deactivate(ACTOR, SOUTH, user("far"))
    many_roles(practice, 60)  # of which four at once would be half a million sets of changes
    explanation = practice.explaining.explain(Request(NORTH, user("far"), "read", Resource("chart_note", "n1")))
    assert (explanation.decision.reason, explanation.would_allow) == (Reason.INACTIVE, ())


def test_where_too_much_would_have_to_be_tried_nothing_is_claimed(practice: Services) -> None:
    practice.people.add(ACTOR, NORTH, "joe", "joe@clinic.example", "Joe")
    many_roles(practice, 130)
    note = {"author": "user:ray", "state": "draft"}
    found = practice.explaining.explain(Request(NORTH, user("joe"), "edit", Resource("chart_note", "n1", note)))
    assert not found.all_tried
    assert "too many roles" in in_sentences(found)
    stranger = practice.explaining.explain(
        Request(NORTH, user("joe"), "edit", Resource("chart_note", "n1", {**note, "author": "user:nobody"}))
    )
    assert stranger.all_tried
    assert "No switch and no role would allow it" in in_sentences(stranger)


def test_what_gives_the_least_is_suggested_first(practice: Services) -> None:
    practice.people.add(ACTOR, NORTH, "joe", "joe@clinic.example", "Joe")
    note = Resource("chart_note", "n1", {"author": "user:ray", "state": "draft"})
    explanation = practice.explaining.explain(Request(NORTH, user("joe"), "read", note))
    assert [[step.about["switch"] for step in one] for one in explanation.would_allow] == [["chart_notes"], ["admin"]]
    assert "allowed if the switch `chart_notes` of user:joe is set to `all`" in in_sentences(explanation)


def test_who_may_not_see_own_roles_is_told_of_none_that_has_ended(practice: Services) -> None:
    joe, ends = user("joe"), practice.now() + timedelta(hours=1)
    practice.people.add(ACTOR, NORTH, "joe", "joe@clinic.example", "Joe")
    practice.roles.put_role(ACTOR, NORTH, "lead", "Lead", [Wish("payment", "refund", "always")])
    practice.grants.grant(ACTOR, NORTH, joe, "lead", ends)
    later = services(Settings(database_url=practice.settings.database_url), lambda: ends + timedelta(seconds=1))
    explanation = later.explaining.explain(Request(NORTH, joe, "refund", Resource("payment")))
    later.close()
    assert [role.role for role in explanation.ended] == ["lead"]
    shown = without_own_roles(explanation)
    assert shown.ended == ()
    assert "lead" not in in_sentences(shown)
