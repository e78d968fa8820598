"""A difference tells all that anybody gains or loses, and nothing else: compared with every question asked by force."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import chain, combinations, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from authz.checking.deciding import decide
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Request, Resource
from authz.core.errors import BadPolicy
from authz.core.names import INSTALLATION, Subject
from authz.core.people import Membership, Person, PracticeSettings
from authz.core.policy import Grant, Rule, Snapshot
from authz.engine import CasbinEngine
from authz.policies import VOCABULARY
from authz.policies.conditions import CONDITIONS as ALL_CONDITIONS
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped
from authz.policies.vocabulary import Situation
from authz.reviewing.differences import Difference, of_rules
from authz.reviewing.people_differences import of_people
from authz.reviewing.spaces import space
from tests.managing.conftest import NORTH, user
from tests.referee.specification import allowed
from tests.referee.test_random_policies import CONDITIONS, MEMBERS, NOW, ROLES, SUBJECTS, THINGS, policies, rules

ENGINE = CasbinEngine(shipped("model.conf"))
SHIPPED = read_policy(shipped("policy_seed.csv"))
FACTS = [frozenset(some) for size in range(5) for some in combinations(CONDITIONS, size)]
ROLE_SETS = [*chain.from_iterable(combinations(ROLES, size) for size in range(len(ROLES) + 1))]
several = st.lists(rules, max_size=10, unique=True)


def changed(
    found: list[Difference], rule: tuple[object, ...], kind: str, facts: frozenset[str], named: set[str]
) -> bool:
    """Whether a difference of this kind is told of what stands in these fields, where these facts hold."""
    return any(
        (d.holder, d.practice, d.resource, d.action) == rule and d.kind == kind and facts & named in d.cases
        for d in found
    )


@settings(max_examples=30, deadline=None)
@given(several, several)
def test_what_roles_gain_and_lose_is_all_that_turns_one_policy_into_the_other(
    before: list[Rule], after: list[Rule]
) -> None:
    found = of_rules(before, after, ENGINE)
    rows_before, rows_after = ([["p", *rule.row()] for rule in rules] for rules in (before, after))
    for roles, (obj, act), facts in product(ROLE_SETS, THINGS, FACTS):
        allows = denies = False
        for role, place in product(roles, (INSTALLATION, NORTH)):
            group = (role, place, obj, act)
            about = [r for r in (*before, *after) if (r.role, r.practice, r.resource, r.action) == group]
            for effect, more, less in (("allow", "gained", "lost"), ("deny", "denied", "freed")):
                rules_of = [r for r in about if r.effect == effect]
                named = {name for r in rules_of for name in r.conditions}
                was = any(r in before and set(r.conditions) <= facts for r in rules_of)
                becomes = (was or changed(found, group, more, facts, named)) and not changed(
                    found, group, less, facts, named
                )
                allows, denies = (allows or becomes, denies) if effect == "allow" else (allows, denies or becomes)
        held = [["g", "user:lee", role, NORTH.id] for role in roles]
        expected = allowed([*rows_after, *held], "user:lee", NORTH.id, obj, act, facts)
        assert (allows and not denies) == expected
        if not found:
            assert allowed([*rows_before, *held], "user:lee", NORTH.id, obj, act, facts) == expected


@settings(max_examples=30, deadline=None)
@given(policies(NORTH), policies(NORTH))
def test_what_people_gain_and_lose_is_all_that_their_questions_are_answered_otherwise(
    before: Snapshot, after: Snapshot
) -> None:
    shares = {who: Membership(who, NORTH, others_can_edit_my_charts=who in MEMBERS[:2]) for who in MEMBERS}
    before, after = (replace(snapshot, memberships=shares) for snapshot in (before, after))
    memory = Memory(ENGINE)
    was, becomes = (PolicyHeld(snapshot, memory, NOW) for snapshot in (before, after))
    found, some = of_people(was, becomes, NOW)
    assert some == []
    gained, lost = 0, 0
    for subject, (obj, act) in product(SUBJECTS, THINGS):
        told = {d.kind: d for d in found if (d.holder, d.resource, d.action) == (str(subject), obj, act)}
        for author, state in product(("", *map(str, MEMBERS)), ("draft", "signed", "submitted", "closed")):
            if obj == "chart_note" or (state != "signed" and not author):
                stated = {name: value for name, value in (("author", author), ("state", state)) if value}
                request = Request(NORTH, subject, act, Resource(obj, "", stated))
                then, now = decide(request, was, NOW).allowed, decide(request, becomes, NOW).allowed
                kind = {(False, True): "gained", (True, False): "lost"}.get((then, now))
                gained, lost = gained + (kind == "gained"), lost + (kind == "lost")
                holding = facts_of(request, was)
                for name in ("gained", "lost"):
                    cases = {case for d in [told.get(name)] if d for case in d.cases}
                    named = {c for case in cases for c in case} | named_by(was, becomes, subject, obj, act)
                    assert (frozenset(holding & named) in cases) == (kind == name), (request, cases)
    assume(gained + lost > 0 or not found)


def facts_of(request: Request, held: PolicyHeld) -> set[str]:
    """What holds of such a resource, whether the asker may read it aside."""
    situation = Situation(request, VOCABULARY.types[request.resource.type], held.scene, None, frozenset(), NOW)
    return {name for name in CONDITIONS if ALL_CONDITIONS[name].holds(situation)}


def named_by(was: PolicyHeld, becomes: PolicyHeld, subject: Subject, obj: str, act: str) -> set[str]:
    """The conditions that the rules of either state name for this person."""
    found = set()
    for held in (was, becomes):
        asker = held.askers.get(subject)
        actions = (act, "read") if obj == "chart_note" else (act,)
        mine = [r for r in held.rules if asker and r.role in asker.roles and r.resource == obj and r.action in actions]
        about = [r for r in mine if r.action == act]
        seeing = any("shared" in r.conditions for r in about)
        found |= {name for r in mine if r.action == act or seeing for name in r.conditions}
    return found


def test_rows_that_moved_or_stand_twice_are_no_difference() -> None:
    moved = [*SHIPPED]
    random.Random(1).shuffle(moved)
    assert of_rules(SHIPPED, moved, ENGINE) == []
    told_otherwise = [replace(rule, conditions=rule.conditions[::-1], origin="elsewhere:1") for rule in moved]
    assert of_rules(SHIPPED, told_otherwise, ENGINE) == []
    shadowed = Rule("member", INSTALLATION, "patient", "read", ("patient_named",))
    assert of_rules(SHIPPED, [*SHIPPED, shadowed], ENGINE) == []


def test_each_row_that_goes_is_lost_or_had_no_effect() -> None:
    for index, rule in enumerate(SHIPPED):
        rest = [*SHIPPED[:index], *SHIPPED[index + 1 :]]
        found = of_rules(SHIPPED, rest, ENGINE)
        assert {(d.holder, d.resource, d.action) for d in found} == {(rule.role, rule.resource, rule.action)}
        assert {d.kind for d in found} == {"lost"}


def test_a_denial_and_its_end_are_told_apart_from_what_is_given() -> None:
    denial = Rule("member", INSTALLATION, "claim", "submit", ("claim_open",), "deny")
    (one,) = of_rules(SHIPPED, [*SHIPPED, denial], ENGINE)
    assert (one.holder, one.kind, one.conditions, one.gives) == ("member", "denied", [frozenset({"claim_open"})], False)
    (other,) = of_rules([*SHIPPED, denial], SHIPPED, ENGINE)
    assert (other.kind, other.gives) == ("freed", True)


def test_a_question_is_about_one_report_and_too_many_conditions_are_refused() -> None:
    reports = {"report=fin.payments", "report=fin.refunds", "own"}
    assert len([*space(reports)]) == 6
    with pytest.raises(BadPolicy, match="more than 14 conditions"):
        next(space(set(list(ALL_CONDITIONS)[:15])))


def test_who_stands_otherwise_to_whose_records_is_told() -> None:
    shares = {who: Membership(who, NORTH, others_can_edit_my_charts=False) for who in MEMBERS}
    grants = tuple(
        grant for who in MEMBERS[:2] for grant in (_grant(who, "practitioner"), _grant(who, "chart-notes-all"))
    )
    base = replace(_empty(), memberships=shares, grants=grants, rules=SHIPPED)
    ray = MEMBERS[0]
    sharing = {**shares, ray: replace(shares[ray], others_can_edit_my_charts=True)}
    memory = Memory(ENGINE)
    before, after = (PolicyHeld(replace(base, memberships=one), memory, NOW) for one in (shares, sharing))
    found, some = of_people(before, after, NOW)
    assert found == []
    assert {(one.holder, one.action, one.of, one.kind) for one in some if one.action == "edit"} == {
        (str(MEMBERS[1]), "edit", str(ray), "gained")
    }


def _grant(who: Subject, role: str) -> Grant:
    return Grant(who, role, NORTH, "user:ana", NOW)


def _empty() -> Snapshot:
    people = {who: Person(who, who.id, f"{who.id}@clinic.example", NORTH) for who in MEMBERS}
    return Snapshot(NORTH, 1, PracticeSettings(NORTH, "North", user("lee")), (), (), people, {})
