"""What an attacker tried with success once, and cannot any more."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Final

import pytest

from authz.bootstrap import Services
from authz.core.changes import Actor, Change, PutGrant, PutSettings, RemoveGrant
from authz.core.decision import Context, Reason, Request, Resource
from authz.core.errors import Conflict, Invalid, NotAllowed, NotFound
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import AccessRequest
from authz.core.policy import Grant
from authz.managing import Details, Wish
from authz.managing.seats import asked_for
from authz.policies.seats import bill
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


def told(practice: Services, where: Practice) -> list[tuple[str, str, dict[str, object], dict[str, object]]]:
    """What the record says last, each event by its action, target, before and after."""
    events = [recorded.event for recorded in practice.store.events(where, limit=1000)]
    return [(event.action, event.target, dict(event.before), dict(event.after)) for event in events]


def test_a_practice_is_told_what_happens_to_its_guests_at_home_and_by_nobody_named(practice: Services) -> None:
    practice.memberships.admit(ACTOR, SOUTH, user("ray"))
    omar = replace(by("omar", "moved away"), actor=Actor("user:omar", "key:1", "northside-portal-7"))
    left = practice.memberships.deactivate(omar, NORTH, user("ray"))
    assert "guest_elsewhere" in left.warnings
    [*_, recorded] = practice.store.events(SOUTH, limit=1000)
    assert recorded.event.actor == Actor("home", "home", hashlib.sha256(b"northside-portal-7").hexdigest())
    assert told(practice, SOUTH)[-1] == (
        "guest_deactivated",
        "user:ray",
        {"active": True},
        {"active": False, "warnings": []},
    )
    event = practice.store.events(SOUTH, limit=1000)[-1]
    assert (event.event.actor.subject, event.event.reason, event.revision) == (
        "home",
        "",
        practice.store.revision(SOUTH),
    )
    practice.memberships.reactivate(ACTOR, NORTH, user("ray"))
    assert told(practice, SOUTH)[-1] == ("guest_reactivated", "user:ray", {"active": False}, {"active": True})
    practice.people.edit(ACTOR, NORTH, user("ray"), Details(name="Raymond"))
    assert told(practice, SOUTH)[-1] == ("guest_changed", "user:ray", {"name": "Ray"}, {"name": "Raymond"})
    before = practice.store.last_event(SOUTH)
    practice.people.edit(ACTOR, NORTH, user("ray"), Details(phone="+1 555 0100"))
    practice.memberships.dismiss(ACTOR, SOUTH, user("ray"))
    assert "guest_elsewhere" not in practice.memberships.deactivate(ACTOR, NORTH, user("ray")).warnings
    assert practice.store.last_event(SOUTH) == before + 1
    assert practice.store.audit_check(SOUTH).broken == ()


def test_a_home_lets_its_own_go_even_if_another_practice_loses_its_owner_who_is_named_there(practice: Services) -> None:
    practice.memberships.admit(ACTOR, SOUTH, user("ray"), sheet=default_sheet(admin=True))
    settings = practice.store.snapshot(SOUTH).settings
    owned = PutSettings(replace(settings, owner=user("ray")))
    practice.store.apply(Change(SOUTH, (owned, RemoveGrant(user("sadm"), "practice-admin")), ()))  # as it could be once
    practice.memberships.deactivate(by("omar"), NORTH, user("ray"))
    assert told(practice, SOUTH)[-1][3] == {"active": False, "warnings": ["owner", "last_admin"]}
    practice.grants.grant(ACTOR, SOUTH, user("sadm"), "practice-admin")
    assert practice.practices.hand_over(ACTOR, SOUTH, user("sadm")).written


def test_a_request_for_a_seat_is_on_record_when_a_change_makes_or_voids_it(practice: Services) -> None:
    practice.people.add(by("omar"), NORTH, "joe", "joe@clinic.example", "Joe", "clinical_staff")
    [first] = practice.store.access_requests(NORTH, user=user("joe"))
    asked = {"kind": "paid_seat", "id": first.id, "seat": "clinical_staff"}
    assert told(practice, NORTH)[-1] == ("request_made", "user:joe", {}, asked)
    practice.people.edit(by("omar"), NORTH, user("joe"), Details(seat="provider"))
    [_, second] = practice.store.access_requests(NORTH, user=user("joe"))
    assert [action for action, *_ in told(practice, NORTH)[-3:]] == ["user_changed", "request_void", "request_made"]
    practice.people.edit(by("omar"), NORTH, user("joe"), Details(seat="office"))
    was = {"kind": "paid_seat", "state": "pending", "id": second.id}
    assert told(practice, NORTH)[-1] == ("request_void", "user:joe", was, {"state": "void"})
    practice.memberships.admit(by("omar"), NORTH, user("sadm"), "provider")
    assert [action for action, *_ in told(practice, NORTH)[-2:]] == ["guest_admitted", "request_made"]


def test_a_guest_admitted_again_is_on_record_as_they_were(practice: Services) -> None:
    practice.memberships.admit(ACTOR, NORTH, user("sadm"), sheet=default_sheet(edit_claims=True))
    practice.memberships.admit(ACTOR, NORTH, user("sadm"), "provider")
    _, _, before, after = told(practice, NORTH)[-1]
    assert (before["seat"], after["seat"]) == ("office", "provider")
    assert before["access"] == asdict(default_sheet(edit_claims=True))
    assert after["access"] == asdict(default_sheet())
    practice.memberships.dismiss(ACTOR, NORTH, user("sadm"))
    practice.memberships.admit(ACTOR, NORTH, user("sadm"), "provider")
    assert told(practice, NORTH)[-1][2]["active"] is False


def test_who_is_let_go_leaves_co_signing_behind_only_if_they_co_sign(practice: Services) -> None:
    assert practice.memberships.deactivate(replace(ACTOR, dry_run=True), NORTH, user("kim")).warnings == (
        "future_appointments",
    )
    practice.people.edit(ACTOR, NORTH, user("ray"), Details(cosigner=user("kim")))
    assert practice.memberships.deactivate(ACTOR, NORTH, user("kim")).warnings == (
        "future_appointments",
        "open_cosign_tasks",
        "names_others",
    )


def test_who_only_tries_to_admit_somebody_learns_no_name_and_not_who_was_let_go(practice: Services) -> None:
    practice.people.add(ACTOR, SOUTH, "far", "far@clinic.example", "Faridah")
    practice.people.add(ACTOR, SOUTH, "old", "old@clinic.example", "Oldrich")
    practice.memberships.deactivate(ACTOR, SOUTH, user("old"))
    trying = replace(by("omar"), dry_run=True)
    planned = practice.memberships.admit(trying, NORTH, user("far"), "provider")
    assert planned.after.people[user("far")].name == "far"
    for nobody in ("old", "nobody"):
        for terms in (trying, by("omar")):
            with pytest.raises(NotFound) as refused:
                practice.memberships.admit(terms, NORTH, user(nobody))
            assert str(refused.value) == f"no user `{nobody}`"
    admitted = practice.memberships.admit(replace(by("omar"), plan=planned.plan), NORTH, user("far"), "provider")
    assert (admitted.effects, admitted.after.people[user("far")].name) == (planned.effects, "Faridah")
    practice.memberships.deactivate(ACTOR, SOUTH, user("far"))
    assert practice.memberships.admit(trying, NORTH, user("far")).after.people[user("far")].name == "Faridah"


def test_a_seat_that_was_denied_waits_no_more_and_may_be_asked_for_again(practice: Services) -> None:
    def provider() -> tuple[int, int, int]:
        line = bill(practice.store.snapshot(NORTH), asked_for(practice.store, NORTH)).lines[0]
        return line.count, line.waiting, line.denied

    had = provider()[0]
    practice.people.add(by("omar"), NORTH, "joe", "joe@clinic.example", "Joe", "provider")
    assert provider() == (had, 1, 0)
    [asked] = practice.store.access_requests(NORTH, user=user("joe"))
    practice.requests.deny(ACTOR, NORTH, asked.id)
    assert provider() == (had, 0, 1)
    again = practice.requests.ask(by("omar"), NORTH, "paid_seat", user("joe")).answer
    assert isinstance(again, AccessRequest)
    assert provider() == (had, 1, 0)
    practice.requests.approve(ACTOR, NORTH, again.id)
    assert provider() == (had + 1, 0, 0)
