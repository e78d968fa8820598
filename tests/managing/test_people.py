"""People come, get access, are linked, leave and return; nobody is lost and no practice is left without an admin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from authz.bootstrap import Services
from authz.core.changes import ApiKey, Change, Event, PutMembership
from authz.core.decision import Context, Reason, Request, Resource
from authz.core.errors import AuthzError, Conflict, Invalid, NotAllowed, NotFound
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import Emergency, Membership
from authz.engine import CasbinEngine
from authz.managing import Details
from authz.policies.shipped import shipped
from authz.policies.switches import default_sheet
from tests.managing.conftest import ACTOR, NORTH, SOUTH, by, user

Write = Callable[[Services], object]


def asks(services: Services, subject: str, action: str, type: str, **attributes: str) -> tuple[bool, Reason]:
    resource = Resource(type, "x", attributes)
    answer = services.checker.check(Request(NORTH, user(subject), action, resource, Context(reason="needed")))
    return answer.allowed, answer.reason


def test_a_practice_opens_with_its_owner_as_first_admin(practice: Services) -> None:
    snapshot = practice.store.snapshot(NORTH)
    assert snapshot.settings.owner == user("omar")
    assert asks(practice, "omar", "manage", "subscription") == (True, Reason.GRANTED)
    assert asks(practice, "ana", "manage", "subscription") == (False, Reason.OWNER_ONLY)


def test_a_paid_seat_counts_once_it_is_confirmed(practice: Services) -> None:
    sheet = default_sheet(practitioner=True)
    practice.people.add(by("omar"), NORTH, "sue", "sue@clinic.example", "Sue", "provider", sheet)
    assert asks(practice, "sue", "create", "chart_note") == (False, Reason.SEAT_MISSING)
    [request] = practice.store.access_requests(NORTH)
    assert (request.kind, request.user, request.seat, request.state) == (
        "paid_seat",
        user("sue"),
        "provider",
        "pending",
    )
    practice.requests.approve(ACTOR, NORTH, request.id)
    assert asks(practice, "sue", "create", "chart_note") == (True, Reason.GRANTED)


def test_a_switch_counts_from_the_next_check_on_and_reads_back(practice: Services) -> None:
    draft = {"author": "user:ray", "state": "draft"}
    assert asks(practice, "lee", "edit", "chart_note", **draft) == (False, Reason.ONLY_AUTHOR)
    shares = default_sheet(practitioner=True, others_can_edit_my_charts=True)
    practice.access.put(ACTOR, NORTH, user("ray"), shares)
    assert asks(practice, "lee", "edit", "chart_note", **draft) == (True, Reason.GRANTED)
    practice.access.put(ACTOR, NORTH, user("ray"), replace(shares, others_can_edit_my_charts=False))
    assert asks(practice, "lee", "edit", "chart_note", **draft) == (False, Reason.ONLY_AUTHOR)


def test_setting_what_is_set_already_changes_nothing_and_records_nothing(practice: Services) -> None:
    before = practice.store.revision(NORTH), len(practice.store.events(NORTH, limit=1000))
    for outcome in (
        practice.access.put(ACTOR, NORTH, user("lee"), default_sheet(practitioner=True)),
        practice.people.edit(ACTOR, NORTH, user("lee"), Details(cosigner=None)),
        practice.memberships.reactivate(ACTOR, NORTH, user("lee")),
        practice.grants.revoke(ACTOR, NORTH, user("lee"), "claims-editor"),
    ):
        assert (outcome.revision, outcome.written, outcome.effects) == (before[0], False, ())
    assert (practice.store.revision(NORTH), len(practice.store.events(NORTH, limit=1000))) == before


def test_each_change_is_recorded_with_what_was_and_what_is(practice: Services) -> None:
    practice.people.edit(replace(ACTOR, reason="new resident"), NORTH, user("ray"), Details(cosigner=user("kim")))
    event = practice.store.events(NORTH, limit=1000)[-1]
    assert event.revision == practice.store.revision(NORTH)
    assert (event.event.action, event.event.target, event.event.reason) == ("user_changed", "user:ray", "new resident")
    assert (dict(event.event.before), dict(event.event.after)) == ({"cosigner": None}, {"cosigner": "user:kim"})
    assert event.event.actor == ACTOR.actor


def test_deactivation_ends_everything_at_once_and_reactivation_gives_back_exactly_the_same(practice: Services) -> None:
    practice.people.edit(ACTOR, NORTH, user("ray"), Details(cosigner=user("kim")))
    practice.grants.grant(ACTOR, NORTH, user("ray"), "claims-editor")
    before = practice.checker.permissions(NORTH, user("ray"))[1]
    member = practice.store.snapshot(NORTH).memberships[user("ray")]
    practice.memberships.deactivate(ACTOR, NORTH, user("ray"))
    assert asks(practice, "ray", "read", "patient") == (False, Reason.INACTIVE)
    assert practice.checker.permissions(NORTH, user("ray"))[1] == []
    practice.memberships.reactivate(ACTOR, NORTH, user("ray"))
    assert practice.checker.permissions(NORTH, user("ray"))[1] == before
    after = practice.store.snapshot(NORTH).memberships[user("ray")]
    assert replace(after, sessions_from=None) == member


def test_a_session_from_before_the_deactivation_stays_ended_after_the_return(practice: Services) -> None:
    began = datetime.now(UTC) - timedelta(seconds=1)
    practice.memberships.deactivate(ACTOR, NORTH, user("ray"))
    practice.memberships.reactivate(ACTOR, NORTH, user("ray"))
    request = Request(NORTH, user("ray"), "read", Resource("patient"), Context(authenticated_at=began))
    assert practice.checker.check(request).reason is Reason.SESSION_ENDED
    later = request._replace(context=Context(authenticated_at=datetime.now(UTC)))
    assert practice.checker.check(later).allowed


def test_a_guest_who_is_let_go_stays_what_they_are_at_home_and_elsewhere_is_let_go_with_home(
    practice: Services,
) -> None:
    arrival = Change(
        SOUTH, (PutMembership(Membership(user("lee"), SOUTH)),), (Event(ACTOR.actor, "guest_added", "user:lee"),)
    )
    practice.store.apply(arrival)
    began = datetime.now(UTC)

    def reason(where: Practice) -> Reason:
        request = Request(where, user("lee"), "read", Resource("patient"), Context(authenticated_at=began))
        return practice.checker.check(request).reason

    assert (reason(NORTH), reason(SOUTH)) == (Reason.GRANTED, Reason.GRANTED)
    practice.memberships.deactivate(ACTOR, SOUTH, user("lee"))
    assert (reason(NORTH), reason(SOUTH)) == (Reason.GRANTED, Reason.INACTIVE)
    practice.memberships.reactivate(ACTOR, SOUTH, user("lee"))
    assert (reason(NORTH), reason(SOUTH)) == (Reason.GRANTED, Reason.SESSION_ENDED)
    practice.memberships.deactivate(ACTOR, NORTH, user("lee"))
    assert (reason(NORTH), reason(SOUTH)) == (Reason.INACTIVE, Reason.INACTIVE)


REFUSED: dict[str, tuple[type[AuthzError], str, Write]] = {
    "the owner is not let go": (Conflict, "owns", lambda s: s.memberships.deactivate(ACTOR, NORTH, user("omar"))),
    "the owner stays admin": (
        Conflict,
        "owns",
        lambda s: s.access.put(ACTOR, NORTH, user("omar"), default_sheet()),
    ),
    "the owner's grant is not ended": (
        Conflict,
        "owns",
        lambda s: s.grants.revoke(ACTOR, NORTH, user("omar"), "practice-admin"),
    ),
    "nobody co-signs for themselves": (
        Invalid,
        "someone else",
        lambda s: s.people.edit(ACTOR, NORTH, user("ray"), Details(cosigner=user("ray"))),
    ),
    "an admin who is no practitioner does not co-sign": (
        Invalid,
        "no active practitioner",
        lambda s: s.people.edit(ACTOR, NORTH, user("ray"), Details(cosigner=user("ana"))),
    ),
    "nobody of another practice co-signs": (
        Invalid,
        "no active practitioner",
        lambda s: s.people.edit(ACTOR, NORTH, user("ray"), Details(cosigner=user("sadm"))),
    ),
    "nobody of another practice supervises": (
        Invalid,
        "no active practitioner",
        lambda s: s.people.edit(ACTOR, NORTH, user("ray"), Details(supervisor=user("sadm"))),
    ),
    "people of another practice are not found": (
        NotFound,
        "no user",
        lambda s: s.access.put(ACTOR, NORTH, user("sadm"), default_sheet(admin=True)),
    ),
    "an id is taken once": (
        Conflict,
        "",
        lambda s: s.people.add(ACTOR, NORTH, "sadm", "new@clinic.example", "Somebody"),
    ),
    "an address is taken once, however it is written": (
        Conflict,
        "",
        lambda s: s.people.add(ACTOR, SOUTH, "lee2", "LEE@Clinic.EXAMPLE", "Somebody"),
    ),
    "an unknown seat, level, report role and breadth are named together": (
        Invalid,
        "access.analytics",
        lambda s: s.people.add(
            ACTOR,
            NORTH,
            "sue",
            "sue",
            "",
            "sofa",
            default_sheet(erx_level="super", analytics="nothing", chart_notes="some"),
        ),
    ),
    "an unknown role is not given": (
        Invalid,
        "did you mean `practitioner`",
        lambda s: s.grants.grant(ACTOR, NORTH, user("lee"), "practitoner"),
    ),
    "nobody is given `member`": (Invalid, "no role", lambda s: s.grants.grant(ACTOR, NORTH, user("lee"), "member")),
    "a grant does not end in the past": (
        Invalid,
        "future",
        lambda s: s.grants.grant(ACTOR, NORTH, user("lee"), "claims-editor", datetime.now(UTC) - timedelta(seconds=1)),
    ),
    "a person who is not here is given nothing": (
        NotFound,
        "no user",
        lambda s: s.grants.grant(ACTOR, NORTH, user("sadm"), "claims-editor"),
    ),
    "a shipped role's name is not taken": (
        Conflict,
        "shipped",
        lambda s: s.roles.put_analytics_role(ACTOR, NORTH, "operator", "Mine", ["fin.sales_tax"]),
    ),
    "an unknown report is named": (
        Invalid,
        "reports.1",
        lambda s: s.roles.put_analytics_role(ACTOR, NORTH, "acc", "Accountant", ["fin.sales_tax", "fin.sales_taxes"]),
    ),
    "a practice opens once": (
        Conflict,
        "",
        lambda s: s.practices.open(ACTOR, NORTH, "Again", "new", "new@clinic.example", "New"),
    ),
    "somebody who is not listed invokes no emergency": (
        NotAllowed,
        "no right to `invoke`",
        lambda s: s.emergencies.start(by("lee", "collapse"), NORTH, "p1", 60),
    ),
    "an emergency lasts four hours at most and needs a patient and a reason": (
        Invalid,
        "minutes",
        lambda s: s.emergencies.start(by("lee", " "), NORTH, "", 241),
    ),
    "nobody unknown gets a key": (NotFound, "no user", lambda s: s.keys.create(ACTOR, user("nobody"), "x")),
    "a key for a practice that is not there": (
        NotFound,
        "no practice",
        lambda s: s.keys.create(ACTOR, user("lee"), "x", practice=Practice("nowhere")),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_change_that_must_not_be_is_refused_and_nothing_is_written(what: str, practice: Services) -> None:
    error, says, write = REFUSED[what]
    places = (NORTH, SOUTH, INSTALLATION)
    before = [(practice.store.snapshot(p), practice.store.events(p, limit=1000)) for p in places]
    with pytest.raises(error) as caught:
        write(practice)
    assert says in str(caught.value)
    assert "southside" not in str(caught.value)
    assert [(practice.store.snapshot(p), practice.store.events(p, limit=1000)) for p in places] == before


def test_the_last_admin_besides_a_leaving_one_stays(practice: Services) -> None:
    practice.memberships.deactivate(ACTOR, NORTH, user("ana"))
    with pytest.raises(Conflict, match="owns"):
        practice.memberships.deactivate(ACTOR, NORTH, user("omar"))


def test_co_signers_in_a_circle_are_refused_however_long_the_circle_is(practice: Services) -> None:
    practice.people.edit(ACTOR, NORTH, user("ray"), Details(cosigner=user("kim")))
    practice.people.edit(ACTOR, NORTH, user("kim"), Details(cosigner=user("lee")))
    for author in ("kim", "lee"):
        with pytest.raises(Invalid, match="already"):
            practice.people.edit(ACTOR, NORTH, user(author), Details(cosigner=user("ray")))


def test_an_analytics_role_shows_its_reports_and_shrinks_with_the_next_check(practice: Services) -> None:
    practice.roles.put_analytics_role(ACTOR, NORTH, "acc", "Accountant", ["fin.daily_deposits", "fin.sales_tax"])
    practice.people.add(ACTOR, NORTH, "al", "al@clinic.example", "Al", sheet=default_sheet(analytics="acc"))
    listing = Request(NORTH, user("al"), "list", Resource("analytics_report"))
    assert practice.checker.check(listing).obligations[0].details == {"ids": ["fin.daily_deposits", "fin.sales_tax"]}
    practice.roles.put_analytics_role(ACTOR, NORTH, "acc", "Accountant", ["fin.daily_deposits"])
    assert practice.checker.check(listing).obligations[0].details == {"ids": ["fin.daily_deposits"]}
    with pytest.raises(Conflict, match="still granted to"):
        practice.roles.remove(ACTOR, NORTH, "analytics", "acc")
    practice.access.put(ACTOR, NORTH, user("al"), default_sheet())
    practice.roles.remove(ACTOR, NORTH, "analytics", "acc")
    assert practice.checker.check(listing).reason is Reason.NOT_FOUND


def test_a_grant_ends_to_the_second_without_anything_running(practice: Services) -> None:
    end = datetime.now(UTC) + timedelta(hours=1)
    practice.grants.grant(ACTOR, NORTH, user("lee"), "claims-editor", expires_at=end)
    request = Request(NORTH, user("lee"), "edit", Resource("claim", attributes={"state": "draft"}))
    at = {"now": end - timedelta(microseconds=1)}
    checker = type(practice.checker)(practice.store, CasbinEngine(shipped("model.conf")), lambda: at["now"], 10)
    assert checker.check(request).allowed
    at["now"] = end
    assert not checker.check(request).allowed
    at["now"] = end - timedelta(seconds=1)
    assert checker.check(request).allowed


def test_an_emergency_opens_one_patients_ordinary_record_for_reading_until_it_ends(practice: Services) -> None:
    practice.people.add(ACTOR, NORTH, "joe", "joe@clinic.example", "Joe", sheet=default_sheet(emergency_access=True))
    note = {"author": "user:lee", "state": "signed", "patient": "p1"}
    assert asks(practice, "joe", "read", "chart_note", **note) == (False, Reason.EMERGENCY_AVAILABLE)
    emergency = practice.emergencies.start(by("joe", "patient unconscious"), NORTH, "p1", 60).answer
    assert isinstance(emergency, Emergency)
    assert asks(practice, "joe", "read", "chart_note", **note) == (True, Reason.EMERGENCY)
    assert not asks(practice, "joe", "read", "chart_note", **{**note, "patient": "p2"})[0]
    assert not asks(practice, "joe", "print", "chart_note", **note)[0]
    assert not asks(practice, "joe", "export", "chart_note", **note)[0]
    assert not asks(practice, "joe", "read", "psychotherapy_note", **note)[0]
    practice.emergencies.end(ACTOR, NORTH, emergency.id)
    assert not asks(practice, "joe", "read", "chart_note", **note)[0]


def test_a_key_opens_until_it_is_revoked(practice: Services) -> None:
    made, token = practice.keys.create(ACTOR, Subject.parse("service:charting"), "charting")
    key = made.answer
    assert isinstance(key, ApiKey)
    assert practice.keys.verify(token) == key
    assert token not in repr(practice.store.keys(limit=10))
    practice.keys.revoke(ACTOR, key.id)
    with pytest.raises(AuthzError, match="not good"):
        practice.keys.verify(token)


def test_issuing_a_key_leaves_every_practices_policy_as_it_is(practice: Services) -> None:
    before = practice.store.revision(NORTH)
    practice.keys.create(ACTOR, Subject.parse("service:charting"), "charting")
    assert practice.store.revision(NORTH) == before
