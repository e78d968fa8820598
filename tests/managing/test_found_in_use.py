"""What misled or stopped somebody who administers a practice once, and does not any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from authz.bootstrap import Services
from authz.core.changes import Change, PutGrant
from authz.core.errors import Conflict, Invalid
from authz.core.names import Practice, Subject
from authz.core.people import AccessRequest, Emergency
from authz.core.policy import Grant
from authz.managing import Details
from authz.policies.switches import default_sheet
from tests.managing.conftest import ACTOR, NORTH, SOUTH, by, user

LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)


def last(practice: Services, where: Practice, action: str) -> dict[str, Any]:
    """What the record says came of the last change of this kind."""
    events = [e.event for e in practice.store.events(where, limit=1000) if e.event.action == action]
    return dict(events[-1].after)


def test_a_right_that_ran_out_does_not_stand_in_the_way_of_an_admin(practice: Services) -> None:
    over = Grant(user("lee"), "prescriber", NORTH, "cli:old", LONG_AGO, LONG_AGO)
    practice.store.apply(Change(NORTH, (PutGrant(over),), ()))
    assert practice.access.patch(by("ana"), NORTH, user("lee"), {"portal_messaging": True}).written
    sheet = default_sheet(practitioner=True, portal_messaging=True)
    assert not practice.access.put(by("ana"), NORTH, user("lee"), sheet).written


def test_what_has_no_role_of_that_name_is_not_taken_for_taken_away(practice: Services) -> None:
    with pytest.raises(Invalid, match="did you mean `practitioner`"):
        practice.grants.revoke(by("ana"), NORTH, user("ray"), "practitoner")
    assert not practice.grants.revoke(by("ana"), NORTH, user("ray"), "claims-editor").written
    gone = Grant(user("ray"), "role-of-old", NORTH, "cli:old", LONG_AGO)
    practice.store.apply(Change(NORTH, (PutGrant(gone),), ()))
    assert practice.grants.revoke(by("ana"), NORTH, user("ray"), "role-of-old").written


def test_the_record_says_with_which_addresses_an_account_came(practice: Services) -> None:
    given = {"phone": "+1 555 0100", "aliases": ["s@clinic.example"], "reply_to": "own"}
    practice.people.add(by("ana"), NORTH, "sue", "sue@clinic.example", "Sue", "provider", **given)
    told = last(practice, NORTH, "user_added")
    assert {"email": "sue@clinic.example", "name": "Sue", "seat_confirmed": False, **given}.items() <= told.items()
    practice.people.add_outsider(ACTOR, "op", "op@authz.example", "Op")
    assert last(practice, Practice("*"), "outsider_added")["email"] == "op@authz.example"
    practice.practices.open(ACTOR, Practice("west"), "West", "wes", "wes@west.example", "Wes")
    assert last(practice, Practice("west"), "practice_created")["account"]["email"] == "wes@west.example"


def test_the_record_says_all_that_a_guest_loses_who_is_dismissed(practice: Services) -> None:
    practice.memberships.admit(ACTOR, NORTH, user("sadm"), "provider", default_sheet(practitioner=True))
    links = Details(cosigner=user("kim"), supervisor=user("lee"), erx_enabled=True)
    practice.people.edit(ACTOR, NORTH, user("sadm"), links)
    practice.memberships.dismiss(by("ana"), NORTH, user("sadm"))
    [event] = [e.event for e in practice.store.events(NORTH, limit=1000) if e.event.action == "guest_dismissed"]
    assert event.before == {
        "active": True,
        "seat_confirmed": True,
        "cosigner": "user:kim",
        "supervisor": "user:lee",
        "erx_enabled": True,
        "roles": ["chart-notes-all", "practitioner"],
    }
    assert set(event.after) == set(event.before)


def test_a_plan_for_one_address_is_none_for_another(practice: Services) -> None:
    planned = practice.people.add(replace(by("ana"), dry_run=True), NORTH, "sue", "sue@clinic.example", "Sue")
    with pytest.raises(Conflict) as refused:
        practice.people.add(replace(by("ana"), plan=planned.plan), NORTH, "sue", "mine@elsewhere.example", "Sue")
    assert refused.value.code == "plan_changed"
    assert practice.people.add(replace(by("ana"), plan=planned.plan), NORTH, "sue", "sue@clinic.example", "Sue").written


def test_a_dot_at_the_end_makes_no_second_address(practice: Services) -> None:
    for dot in ("\u3002", "\uff0e", "\uff61", "."):
        with pytest.raises(Invalid, match="email"):
            practice.people.change_email(ACTOR, NORTH, user("ray"), f"lee@clinic.example{dot}")
        with pytest.raises(Conflict, match="taken"):
            practice.people.change_email(ACTOR, NORTH, user("ray"), f"lee@clinic{dot}example")


def test_what_nobody_can_see_is_no_name_no_patient_and_no_reason(practice: Services) -> None:
    practice.access.patch(ACTOR, NORTH, user("ray"), {"emergency_access": True})
    for unseen in ("\u3164", " \u115f ", "\ufe0f", "\u2800"):
        with pytest.raises(Invalid, match="must not be empty"):
            practice.people.edit(ACTOR, NORTH, user("ray"), Details(name=unseen))
        with pytest.raises(Invalid, match="patient"):
            practice.emergencies.start(by("ray", "collapse"), NORTH, unseen, 5)
    for unseen in ("\u200b", "\u3164", "\u00ad \u2060"):
        with pytest.raises(Invalid, match="reason"):
            practice.emergencies.start(by("ray", unseen), NORTH, "p1", 5)


def test_one_emergency_of_one_person_for_one_patient_is_open_at_a_time(practice: Services) -> None:
    for id in ("ray", "kim"):
        practice.access.patch(ACTOR, NORTH, user(id), {"emergency_access": True})
    first = practice.emergencies.start(by("ray", "collapse"), NORTH, "p1", 60).answer
    assert isinstance(first, Emergency)
    with pytest.raises(Conflict, match=first.id) as refused:
        practice.emergencies.start(by("ray", "collapse"), NORTH, " p1 ", 240)
    assert refused.value.code == "already_open"
    assert practice.emergencies.start(by("ray", "collapse"), NORTH, "p2", 60).written
    assert practice.emergencies.start(by("kim", "collapse"), NORTH, "p1", 60).written
    practice.emergencies.end(by("ray"), NORTH, first.id)
    assert practice.emergencies.start(by("ray", "collapse again"), NORTH, "p1", 60).written


def asked(practice: Services, asker: str, whom: Subject) -> AccessRequest:
    made = practice.requests.ask(by(asker), NORTH, "erx_enablement", whom).answer
    assert isinstance(made, AccessRequest)
    return made


def test_what_a_guest_asked_for_who_was_let_go_at_home_is_not_approved(practice: Services) -> None:
    doctor = default_sheet(practitioner=True, prescriber=True)
    practice.people.add(ACTOR, SOUTH, "far", "far@clinic.example", "Far", "provider", doctor)
    practice.memberships.admit(ACTOR, NORTH, user("far"), "provider", doctor)
    request = asked(practice, "far", user("ray"))
    practice.memberships.deactivate(ACTOR, SOUTH, user("far"))
    with pytest.raises(Conflict, match="let go"):
        practice.requests.approve(ACTOR, NORTH, request.id)
    assert practice.requests.deny(ACTOR, NORTH, request.id).written


def test_what_was_asked_for_by_who_is_no_prescriber_any_more_is_not_approved(practice: Services) -> None:
    practice.access.patch(ACTOR, NORTH, user("lee"), {"prescriber": True})
    request = asked(practice, "lee", user("ray"))
    practice.access.patch(ACTOR, NORTH, user("lee"), {"prescriber": False})
    with pytest.raises(Conflict) as refused:
        practice.requests.approve(ACTOR, NORTH, request.id)
    assert refused.value.code == "asker_without_right"
    practice.access.patch(ACTOR, NORTH, user("lee"), {"prescriber": True})
    assert practice.requests.approve(ACTOR, NORTH, request.id).written


def test_who_holds_a_role_that_is_to_go_is_named(practice: Services) -> None:
    practice.roles.put_analytics_role(ACTOR, NORTH, "takings", "Takings", ["fin.payments"])
    for id in ("lee", "kim", "ray"):
        practice.access.patch(ACTOR, NORTH, user(id), {"analytics": "takings"})
    with pytest.raises(Conflict, match="granted to `user:kim`, `user:lee` and 1 more"):
        practice.roles.remove(ACTOR, NORTH, "analytics", "takings")


def test_links_and_addresses_that_are_wrong_are_told_together(practice: Services) -> None:
    wrong = Details(aliases=["RAY@clinic.example"], cosigner=user("ana"), supervisor=user("ray"))
    with pytest.raises(Invalid) as refused:
        practice.people.edit(ACTOR, NORTH, user("ray"), wrong)
    assert {error.path for error in refused.value.errors} == {"aliases", "cosigner", "supervisor"}


def test_a_switch_that_ends_by_itself_is_said_to(practice: Services) -> None:
    practice.grants.grant(ACTOR, NORTH, user("ray"), "claims-editor", datetime(2099, 1, 1, tzinfo=UTC))
    for given in ({"edit_claims": True}, {"portal_messaging": True}):
        assert "ends_by_itself" in practice.access.patch(by("ana"), NORTH, user("ray"), given).warnings
    assert "ends_by_itself" not in practice.access.patch(by("ana"), NORTH, user("ray"), {"edit_claims": False}).warnings


def test_a_guest_taken_back_who_is_let_go_at_home_is_said_to_be(practice: Services) -> None:
    practice.people.add(ACTOR, SOUTH, "far", "far@clinic.example", "Far", sheet=default_sheet(admin=True))
    practice.memberships.admit(ACTOR, NORTH, user("far"))
    assert practice.memberships.reactivate(by("ana"), NORTH, user("far")).warnings == ()
    practice.memberships.deactivate(ACTOR, SOUTH, user("far"))
    assert practice.memberships.reactivate(by("ana"), NORTH, user("far")).warnings == ("inactive_at_home",)
    assert practice.memberships.admit(by("ana"), NORTH, user("far")).warnings == ("inactive_at_home",)


def test_supervisors_in_a_circle_are_refused_like_co_signers(practice: Services) -> None:
    practice.people.edit(ACTOR, NORTH, user("ray"), Details(supervisor=user("lee"), cosigner=user("kim")))
    practice.people.edit(ACTOR, NORTH, user("lee"), Details(supervisor=user("kim")))
    with pytest.raises(Invalid, match="`user:kim` supervises `user:ray` already"):
        practice.people.edit(ACTOR, NORTH, user("kim"), Details(supervisor=user("ray")))
    # To supervise and to co-sign are two links: neither closes a circle of the other.
    assert practice.people.edit(ACTOR, NORTH, user("lee"), Details(cosigner=user("ray"))).written
