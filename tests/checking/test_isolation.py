"""No practice influences another: whatever is done in southside, every answer in northside stays what it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product

import pytest

from authz.bootstrap import Services
from authz.core.changes import Change, Event, PracticeRole, PutGrant, PutMembership, PutRole, PutSettings
from authz.core.decision import Decision, Request
from authz.core.names import Practice, Subject
from authz.core.people import Membership, PracticeSettings
from authz.core.policy import Grant, Rule
from authz.managing import Details
from authz.policies import VOCABULARY
from authz.policies.asking import question
from authz.policies.switches import default_sheet
from tests.managing.conftest import ACTOR, NORTH, SOUTH, practice, user

__all__ = ["practice"]
ASKERS = ("user:omar", "user:lee", "user:ray", "user:al", "user:sadm", "user:nobody")
ATTRIBUTES = {"author": "user:ray", "owner": "user:lee", "assignee": "user:ray", "state": "draft", "patient": "p1"}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
Deed = Callable[[Services], object]


def questions(where: Practice) -> list[Request]:
    asked = []
    for asker, type in product(ASKERS, VOCABULARY.types.values()):
        known = {name: value for name, value in ATTRIBUTES.items() if name in type.attributes}
        for action in type.actions:
            resource = {"type": type.name, "id": "fin.sales_tax", "attributes": known}
            asked.append(question(where, asker, action, resource, {"reason": "asked for"}))
    return asked


def answers(services: Services) -> list[Decision]:
    return services.checker.check_all(NORTH, questions(NORTH))[1]


def raw(services: Services, *operations: object) -> None:
    services.store.apply(Change(SOUTH, operations, (Event(ACTOR.actor, "tried", "southside"),)))  # type: ignore[arg-type]


def rule(role: str, resource: str, action: str) -> Rule:
    return Rule(role, SOUTH, resource, action, ())


DEEDS: dict[str, Deed] = {
    "people of northside become guests and admins in southside": lambda s: raw(
        s,
        *(PutMembership(Membership(user(id), SOUTH, seat="provider", erx_enabled=True)) for id in ("lee", "ray")),
        *(PutGrant(Grant(user(id), "practice-admin", SOUTH, "x", LONG_AGO)) for id in ("lee", "ray")),
    ),
    "a guest from northside is let go in southside": lambda s: (
        raw(s, PutMembership(Membership(user("lee"), SOUTH))),
        s.memberships.deactivate(ACTOR, SOUTH, user("lee")),
    ),
    "a role gets the name that a role of northside has, and allows far more": lambda s: raw(
        s, PutRole(PracticeRole(SOUTH, "acc", "Accountant", "role", (rule("acc", "chart_note", "read"),)))
    ),
    "an analytics role of the same name shows every report": lambda s: s.roles.put_analytics_role(
        ACTOR, SOUTH, "acc", "Accountant", list(VOCABULARY.reports)
    ),
    "a role of southside denies everybody there everything": lambda s: raw(
        s,
        PutRole(
            PracticeRole(SOUTH, "barred", "Barred", "role", (Rule("barred", SOUTH, "patient", "read", (), "deny"),))
        ),
        PutGrant(Grant(user("sadm"), "barred", SOUTH, "x", LONG_AGO)),
    ),
    "the settings change": lambda s: raw(s, PutSettings(PracticeSettings(SOUTH, "S", user("sadm"), "none"))),
    "a service is granted much there": lambda s: [
        s.grants.grant(ACTOR, SOUTH, Subject.parse("service:charting"), role)
        for role in ("practitioner", "chart-notes-all", "decision-caller")
    ],
    "people come and go": lambda s: (
        s.people.add(ACTOR, SOUTH, "far", "far@clinic.example", "Far", "provider", default_sheet(practitioner=True)),
        s.people.edit(ACTOR, SOUTH, user("sadm"), Details(cosigner=user("far"))),
        s.memberships.deactivate(ACTOR, SOUTH, user("far")),
    ),
}


@pytest.mark.parametrize("what", DEEDS)
def test_no_answer_in_northside_changes_when_in_southside(what: str, practice: Services) -> None:
    practice.roles.put_analytics_role(ACTOR, NORTH, "acc", "Accountant", ["fin.sales_tax"])
    practice.people.add(ACTOR, NORTH, "al", "al@clinic.example", "Al", sheet=default_sheet(analytics="acc"))
    before, south = answers(practice), practice.store.revision(SOUTH)
    assert {answer.allowed for answer in before} == {True, False}
    DEEDS[what](practice)
    assert practice.store.revision(SOUTH) > south
    assert answers(practice) == before
