"""Two practices in which people, roles, patients and notes have the same names: what holds in one stays there."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any, Final

import pytest

from authz.checking import Checker
from authz.core.changes import (
    Actor,
    Change,
    CreatePractice,
    Event,
    Operation,
    PracticeRole,
    PutEmergency,
    PutGrant,
    PutMembership,
    PutPerson,
    PutRole,
    ReplaceShippedRules,
)
from authz.core.decision import Decision, Request
from authz.core.names import INSTALLATION, Practice
from authz.core.policy import Snapshot
from authz.policies import VOCABULARY
from authz.policies.asking import question
from authz.reviewing.departures import Changes
from authz.storage import SqlStore
from tests.policies.asking import ENGINE, SHIPPED, checker
from tests.policies.cast import ABOVE, NORTH, NOW, SOUTH, snapshot

PROVIDER: Final = {"practitioner": True, "seat": "provider"}
CASTS: Final[dict[Practice, dict[str, dict[str, Any]]]] = {
    NORTH: {
        "omar": {"admin": True},
        "sadm": {},
        "lee": {**PROVIDER, "prescriber": True, "others_can_edit_my_charts": True, "cosigner": "kim"},
        "kim": {**PROVIDER, "chart_notes": "none"},
        "joe": {"grants": ["clerk"]},
        "al": {"analytics": "accountant"},
        "old": {**PROVIDER, "active": False},
    },
    SOUTH: {
        "omar": {},
        "sadm": {"admin": True},
        "lee": {"seat": "provider"},
        "kim": {**PROVIDER, "chart_notes": "none", "sessions_from": "2026-11-23T11:00:00+00:00"},
        "joe": {**PROVIDER, "emergency_access": True, "chart_notes": "own"},
        "al": {"analytics": "accountant", "grants": ["clerk"]},
        "old": PROVIDER,
    },
}
CHANGES: Final = {
    NORTH: Changes(analytics_roles={"accountant": ["fin.sales_tax"]}, roles={"clerk": ["claim, read, always, allow"]}),
    SOUTH: Changes(
        analytics_roles={"accountant": ["pat.patient_list", "fin.payments"]},
        roles={"clerk": ["lab_result, read, always, allow", "patient, read, always, deny"]},
        emergencies=[{"who": "joe", "patient": "p1"}],
        blank_erx_level="none",
    ),
}
# One line is one question about lee's note n1, or whatever else of lee's and patient p1's, asked in both practices.
STATED: Final = (
    # who, may, what, in northside, in southside
    ("lee", "edit", "chart_note", True, False),
    ("lee", "sign", "chart_note", True, False),
    ("kim", "cosign", "chart_note", True, False),
    ("joe", "read", "chart_note", False, True),
    ("old", "create", "chart_note", False, True),
    ("omar", "read", "chart_note", True, False),
    ("sadm", "read", "chart_note", False, True),
    ("omar", "manage", "subscription", True, False),
    ("sadm", "manage", "subscription", False, True),
    ("joe", "read", "claim", True, False),
    ("al", "read", "lab_result", False, True),
    ("al", "read", "patient", True, False),
    ("lee", "sign", "erx", True, False),
    ("al", "view", "analytics_report", True, False),
    ("op", "create", "user", True, True),
    ("old", "read", "appointment", False, True),
)
ATTRIBUTES: Final = {
    "author": "user:lee",
    "owner": "user:lee",
    "assignee": "user:lee",
    "named_prescriber": "user:lee",
    "patient": "p1",
    "report": "fin.sales_tax",
}
CIRCUMSTANCES: Final = {"reason": "asked for", "epcs_2fa": True}


def world(practice: Practice) -> Snapshot:
    return snapshot(practice, SHIPPED, CHANGES[practice], cast=CASTS[practice])


def asked(practice: Practice, asker: str, action: str, type: str) -> Request:
    known = VOCABULARY.types[type].attributes
    states = {"state": "signed", "cosign": "pending"} if action in ("cosign", "lock") else {"state": "draft"}
    stated = {name: value for name, value in {**ATTRIBUTES, **states}.items() if name in known}
    return question(practice, f"user:{asker}", action, {"type": type, "attributes": stated}, CIRCUMSTANCES)


def everything(practice: Practice) -> list[Request]:
    askers = [*CASTS[practice], *(who.removeprefix("user:") for who in ABOVE if who.startswith("user:")), "nobody"]
    pairs = [(type.name, action) for type in VOCABULARY.types.values() for action in type.actions]
    return [asked(practice, asker, action, type) for asker, (type, action) in product(askers, pairs)]


def told(decision: Decision) -> tuple[object, ...]:
    """All of an answer but the revision it was given at."""
    return decision.allowed, decision.reason, decision.obligations, decision.detail


@cache
def alone(practice: Practice) -> list[tuple[object, ...]]:
    """What the practice answers to everything where there is no other."""
    asking = checker({practice: world(practice)})
    return [told(asking.check(request)) for request in everything(practice)]


def operations(made_of: Snapshot) -> tuple[Operation, ...]:
    """What brings a practice into being as its snapshot says, its people's accounts apart."""
    own = [rule for rule in made_of.rules if rule.practice == made_of.practice]
    kinds = {"accountant": "analytics", "clerk": "role"}
    made: list[Operation] = [CreatePractice(made_of.settings)]
    for id, kind in kinds.items():
        made.append(PutRole(PracticeRole(made_of.practice, id, id, kind, tuple(r for r in own if r.role == id))))
    made += map(PutMembership, made_of.memberships.values())
    made += (PutGrant(grant) for grant in made_of.grants if grant.practice == made_of.practice)
    made += map(PutEmergency, made_of.emergencies)
    return tuple(made)


@pytest.fixture
def both(store: SqlStore) -> SqlStore:
    """A database that holds both practices; everybody is at home in northside and a guest in southside."""
    event = (Event(Actor("cli:tests", "cli"), "tried", "both"),)
    north, south = world(NORTH), world(SOUTH)
    settings, *others = operations(north)
    accounts = (PutPerson(person, new=True) for person in north.people.values())
    above = (PutGrant(grant) for grant in north.grants if grant.practice == INSTALLATION)
    store.apply(Change(INSTALLATION, (ReplaceShippedRules(SHIPPED),), event))
    store.apply(Change(NORTH, (settings, *accounts, *others), event))
    store.apply(Change(SOUTH, operations(south), event))
    store.apply(Change(INSTALLATION, tuple(above), event))
    return store


@pytest.mark.parametrize(
    ("keep", "turns"), [(1, (NORTH, SOUTH, NORTH)), (2, (NORTH, SOUTH))], ids=["room for one", "room for both"]
)
def test_each_practice_answers_as_if_the_other_were_not_there(
    both: SqlStore, keep: int, turns: tuple[Practice, ...]
) -> None:
    """With room for one practice only, each question about the other puts the first one's policy aside."""
    asking = Checker(both, ENGINE, lambda: NOW, keep=keep)
    for practice in turns:
        found = asking.check_all(practice, everything(practice))[1]
        assert [told(decision) for decision in found] == alone(practice)


@pytest.mark.parametrize(("who", "may", "what", "in_northside", "in_southside"), STATED)
def test_the_same_names_mean_different_people_and_roles(
    who: str, may: str, what: str, in_northside: bool, in_southside: bool
) -> None:
    asking = checker({practice: world(practice) for practice in CASTS})
    answers = {practice: asking.check(asked(practice, who, may, what)).allowed for practice in CASTS}
    assert answers == {NORTH: in_northside, SOUTH: in_southside}
