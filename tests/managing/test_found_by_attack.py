"""What an attacker tried with success once, and cannot any more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pytest

from authz.bootstrap import Services
from authz.core.changes import Change, PutGrant
from authz.core.decision import Context, Reason, Request, Resource
from authz.core.errors import Conflict, Invalid, NotAllowed
from authz.core.names import INSTALLATION, Subject
from authz.core.policy import Grant
from authz.managing import Details, Wish
from authz.policies.switches import default_sheet
from tests.managing.conftest import ACTOR, NORTH, SOUTH, by, user

LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_role_whose_reading_asks_whether_one_may_read_gives_nothing_and_breaks_nothing(practice: Services) -> None:
    for condition in ("viewable", "shared"):
        practice.roles.put_role(ACTOR, NORTH, "rec", "Rec", [Wish("chart_note", "read", condition)])
        practice.people.add(ACTOR, NORTH, f"joe-{condition}", f"{condition}@clinic.example", "Joe")
        outcome = practice.grants.grant(ACTOR, NORTH, user(f"joe-{condition}"), "rec")
        assert outcome.effects == ()
        practice.memberships.deactivate(ACTOR, NORTH, user(f"joe-{condition}"))


@pytest.mark.parametrize("id", ["all", "none", "admin", "chart_notes", "erx-level.none", "erx-level.x"])
def test_no_role_is_called_what_the_access_sheet_says(practice: Services, id: str) -> None:
    with pytest.raises(Invalid, match="word of the access sheet"):
        practice.roles.put_analytics_role(ACTOR, NORTH, id, "X", ["fin.payments"])
    with pytest.raises(Invalid, match="word of the access sheet"):
        practice.roles.put_role(ACTOR, NORTH, id, "X", [Wish("claim", "read")])


def test_a_practice_is_owned_by_one_of_its_own(practice: Services) -> None:
    practice.memberships.admit(ACTOR, NORTH, user("sadm"), sheet=default_sheet(admin=True))
    with pytest.raises(Conflict, match="guest"):
        practice.practices.hand_over(by("omar"), NORTH, user("sadm"))
    assert practice.store.snapshot(NORTH).settings.owner == user("omar")


def test_nobody_names_themselves_a_co_signer(practice: Services) -> None:
    practice.people.add(
        ACTOR, NORTH, "ap", "ap@clinic.example", "Ap", "provider", default_sheet(admin=True, practitioner=True)
    )
    with pytest.raises(NotAllowed):
        practice.people.edit(by("ap"), NORTH, user("ray"), Details(cosigner=user("ap")))
    practice.people.edit(by("ana"), NORTH, user("ray"), Details(cosigner=user("ap")))
    practice.people.edit(by("ap"), NORTH, user("ray"), Details(name="Raymond"))


def test_who_was_let_go_stays_a_prescriber_for_all_an_admin_can_do(practice: Services) -> None:
    practice.access.patch(ACTOR, NORTH, user("lee"), {"prescriber": True})
    practice.memberships.deactivate(by("ana"), NORTH, user("lee"))
    with pytest.raises(NotAllowed):
        practice.access.patch(by("ana"), NORTH, user("lee"), {"prescriber": False})


def test_a_guest_who_comes_back_needs_the_paid_seat_confirmed_again(practice: Services) -> None:
    practice.memberships.admit(ACTOR, NORTH, user("sadm"), "provider")
    assert practice.store.snapshot(NORTH).memberships[user("sadm")].seat_confirmed
    practice.memberships.dismiss(by("ana"), NORTH, user("sadm"))
    practice.memberships.reactivate(by("ana"), NORTH, user("sadm"))
    assert not practice.store.snapshot(NORTH).memberships[user("sadm")].seat_confirmed


def test_a_session_that_began_while_somebody_was_let_go_does_not_count_afterwards(practice: Services) -> None:
    practice.memberships.deactivate(ACTOR, NORTH, user("ray"))
    began = practice.store.snapshot(NORTH).memberships[user("ray")].sessions_from
    practice.memberships.reactivate(ACTOR, NORTH, user("ray"))
    asked = Request(NORTH, user("ray"), "read", Resource("patient"), Context(authenticated_at=began))
    assert practice.checker.check(asked).reason is Reason.SESSION_ENDED


def test_what_was_asked_for_somebody_who_has_left_is_not_approved(practice: Services) -> None:
    practice.access.patch(ACTOR, NORTH, user("lee"), {"prescriber": True})
    practice.people.add(ACTOR, NORTH, "sue", "sue@clinic.example", "Sue", "clinical_staff")
    asked = practice.requests.ask(by("lee"), NORTH, "erx_enablement", user("sue")).answer
    for gone in ("sue", "lee"):
        practice.memberships.deactivate(ACTOR, NORTH, user(gone))
        with pytest.raises(Conflict, match="has been let go"):
            practice.requests.approve(ACTOR, NORTH, asked.id)
        practice.memberships.reactivate(ACTOR, NORTH, user(gone))
    assert practice.requests.approve(ACTOR, NORTH, asked.id).written


def test_roles_are_given_where_they_belong(practice: Services) -> None:
    for role in ("practitioner", "practice-admin", "claims-editor"):
        with pytest.raises(Invalid, match="given in a practice"):
            practice.grants.grant(ACTOR, INSTALLATION, user("sadm"), role)
    for role in ("operator", "security-reviewer"):
        with pytest.raises(Invalid, match="in the whole installation"):
            practice.grants.grant(ACTOR, SOUTH, user("sadm"), role)


def test_an_admin_is_a_person(practice: Services) -> None:
    with pytest.raises(Invalid, match="for people"):
        practice.grants.grant(ACTOR, NORTH, Subject.parse("service:charting"), "practice-admin")


def test_two_empty_analytics_roles_are_two_sets_of_reports_all_the_same(practice: Services) -> None:
    for id in ("first", "second"):
        practice.roles.put_analytics_role(ACTOR, NORTH, id, id, [])
    practice.grants.grant(ACTOR, NORTH, user("ray"), "first")
    with pytest.raises(Conflict) as refused:
        practice.grants.grant(ACTOR, NORTH, user("ray"), "second")
    assert refused.value.code == "one_of_each"


def test_a_report_does_not_come_to_who_holds_another_set_of_reports(practice: Services) -> None:
    for id, reports in {"first": [], "second": ["fin.payments"]}.items():
        practice.roles.put_analytics_role(ACTOR, NORTH, id, id, reports)
    grants = [PutGrant(Grant(user("ray"), id, NORTH, "cli:old", LONG_AGO)) for id in ("first", "second")]
    practice.store.apply(Change(NORTH, tuple(grants), ()))  # as it could be done once
    with pytest.raises(Conflict, match="excludes the other"):
        practice.roles.put_analytics_role(ACTOR, NORTH, "first", "first", ["fin.sales_tax"])
    practice.roles.put_analytics_role(ACTOR, NORTH, "second", "second", [])


@pytest.mark.parametrize("condition", ["always", "report=fin.payments"])
def test_reports_are_in_analytics_roles_and_in_no_other(practice: Services, condition: str) -> None:
    with pytest.raises(Invalid) as refused:
        practice.roles.put_role(ACTOR, NORTH, "sneak", "Sneak", [Wish("analytics_report", "view", condition)])
    assert [error.path for error in refused.value.errors] == ["permissions.0"]


def test_what_has_expired_excludes_nothing(practice: Services) -> None:
    practice.access.patch(ACTOR, NORTH, user("ray"), {"chart_notes": "none"})
    over = Grant(user("ray"), "chart-notes-own", NORTH, "cli:old", LONG_AGO, LONG_AGO)
    practice.store.apply(Change(NORTH, (PutGrant(over),), ()))
    assert practice.grants.grant(ACTOR, NORTH, user("ray"), "chart-notes-all").written
    with pytest.raises(Conflict, match="excludes the other"):
        practice.grants.grant(ACTOR, NORTH, user("ray"), "chart-notes-own")
