"""Two who write at once lose nothing and undo no guard-rail, each through services of their own on one database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from authz.bootstrap import Services, services
from authz.core.decision import Reason, Request, Resource
from authz.core.errors import AuthzError, Conflict, NotAllowed, NotFound, StaleExpectation
from authz.core.people import AccessRequest
from authz.managing import Details, Wish
from authz.policies.switches import default_sheet
from authz.settings import Settings
from tests.managing.conftest import ACTOR, NORTH, SOUTH, by, user
from tests.storage.test_concurrency import together

ROUNDS = 6
Two = tuple[Services, Services]


@pytest.fixture
def two(practice: Services) -> Iterator[Two]:
    """Two instances of the service on the practices of `practice`."""
    other = services(Settings(database_url=practice.settings.database_url))
    yield practice, other
    other.close()


def refused(write: Callable[[], object]) -> AuthzError | None:
    """The refusal of a write, or None where it went through."""
    try:
        write()
    except AuthzError as error:
        return error
    return None


def both(*writes: Callable[[], object]) -> list[AuthzError | None]:
    """All at once; what each was refused with."""
    return together((lambda write=write: refused(write)) for write in writes)


def sound(one: Services) -> None:
    """The record of both practices is whole, and has an event for each revision of the first."""
    for where in (NORTH, SOUTH):
        assert one.store.audit_check(where).broken == ()
    revisions = [event.revision for event in one.store.events(NORTH, limit=1000)]
    assert revisions == sorted(revisions)
    assert {*revisions} == {*range(1, one.store.revision(NORTH) + 1)}


def test_changes_to_different_switches_of_one_person_are_both_kept(two: Two) -> None:
    one, other = two
    for on in (True, False) * (ROUNDS // 2):
        assert (
            both(
                lambda on=on: one.access.patch(by("omar"), NORTH, user("lee"), {"edit_claims": on}),
                lambda on=on: other.access.patch(by("ana"), NORTH, user("lee"), {"refund_payments": on}),
                lambda on=on: other.people.edit(by("ana"), NORTH, user("lee"), Details(name=f"Lee {on}")),
                lambda on=on: one.roles.put_role(by("omar"), NORTH, "lead", f"Lead {on}", [Wish("claim", "read")]),
            )
            == [None] * 4
        )
        after = one.store.snapshot(NORTH)
        held = {grant.role for grant in after.grants if grant.subject == user("lee")}
        assert ({"claims-editor", "payment-refunder"} & held == set()) is not on
        assert {"claims-editor", "payment-refunder"} <= held or not on
        assert after.people[user("lee")].name == f"Lee {on}"
        assert [role.name for role in one.store.roles(NORTH)] == [f"Lead {on}"]
    sound(one)


def test_of_two_who_start_from_the_same_revision_one_is_told(two: Two) -> None:
    one, other = two
    for on in (True, False) * (ROUNDS // 2):
        seen = one.store.revision(NORTH)
        told = both(
            lambda on=on, seen=seen: one.access.patch(
                replace(by("omar"), expected=seen), NORTH, user("lee"), {"edit_claims": on}
            ),
            lambda on=on, seen=seen: other.access.patch(
                replace(by("ana"), expected=seen), NORTH, user("lee"), {"refund_payments": on}
            ),
        )
        assert [type(error) for error in told if error is not None] == [StaleExpectation]
        assert one.store.revision(NORTH) == seen + 1
        one.access.put(ACTOR, NORTH, user("lee"), default_sheet(practitioner=True, edit_claims=on, refund_payments=on))
    sound(one)


def test_of_two_with_the_same_plan_only_what_was_planned_happens(two: Two) -> None:
    one, other = two
    planned = one.access.patch(replace(by("omar"), dry_run=True), NORTH, user("lee"), {"edit_claims": True})
    terms = replace(by("omar"), plan=planned.plan)
    told = both(
        lambda: one.access.patch(terms, NORTH, user("lee"), {"edit_claims": True}),
        lambda: other.access.patch(terms, NORTH, user("lee"), {"edit_claims": True}),
    )
    assert [error.code for error in told if isinstance(error, Conflict)] == ["plan_changed"]
    assert told.count(None) == 1
    sound(one)


def test_two_admins_who_let_each_other_go_leave_the_practice_one(two: Two) -> None:
    one, other = two
    one.people.add(ACTOR, NORTH, "bea", "bea@clinic.example", "Bea", sheet=default_sheet(admin=True))
    for _ in range(ROUNDS):
        told = both(
            lambda: one.memberships.deactivate(by("ana"), NORTH, user("bea")),
            lambda: other.access.patch(by("bea"), NORTH, user("ana"), {"admin": False}),
        )
        assert told.count(None) == 1
        [error] = [error for error in told if error is not None]
        assert isinstance(error, NotAllowed | NotFound)
        one.memberships.reactivate(ACTOR, NORTH, user("bea"))
        one.access.patch(ACTOR, NORTH, user("ana"), {"admin": True})
    sound(one)


def test_an_address_is_given_once(two: Two) -> None:
    one, other = two
    for number in range(ROUNDS):
        address = f"bea{number}@clinic.example"
        told = both(
            lambda address=address: one.people.add(by("omar"), NORTH, None, address, "Bea"),
            lambda address=address: other.people.add(by("sadm"), SOUTH, None, address.upper(), "Bea"),
            lambda address=address: other.people.edit(by("ana"), NORTH, user("lee"), Details(aliases=[address])),
        )
        assert told.count(None) == 1
        assert {error.code for error in told if isinstance(error, Conflict)} == {"email_taken"}
    sound(one)


def test_a_request_is_decided_once(two: Two) -> None:
    one, other = two
    for id in ("sue", "joe", "bea"):
        one.people.add(by("omar"), NORTH, id, f"{id}@clinic.example", id.title(), "clinical_staff")
        [asked] = one.store.access_requests(NORTH, state="pending")
        told = both(
            lambda asked=asked: one.requests.approve(ACTOR, NORTH, asked.id),
            lambda asked=asked: other.requests.deny(ACTOR, NORTH, asked.id),
        )
        assert [error.code for error in told if isinstance(error, Conflict)] == ["already_decided"]
        decided = one.store.access_request(NORTH, asked.id)
        assert isinstance(decided, AccessRequest)
        confirmed = one.store.snapshot(NORTH).memberships[user(id)].seat_confirmed
        assert confirmed is (decided.state == "approved")
    sound(one)


def test_who_is_let_go_at_home_while_another_practice_admits_them_may_do_nothing_in_either(two: Two) -> None:
    one, other = two
    patients = Resource("patient", "p1")
    for number in range(ROUNDS):
        guest = f"guest{number}"
        one.people.add(ACTOR, NORTH, guest, f"{guest}@clinic.example", "Guest", "provider")
        other.checker.check(Request(SOUTH, user(guest), "read", patients))
        left, admitted = both(
            lambda guest=guest: one.memberships.deactivate(by("omar"), NORTH, user(guest)),
            lambda guest=guest: other.memberships.admit(by("sadm"), SOUTH, user(guest)),
        )
        assert left is None
        assert admitted is None or isinstance(admitted, NotFound)
        for service in two:
            for where in (NORTH, SOUTH):
                never_there = where == SOUTH and admitted is not None
                expected = Reason.UNKNOWN_SUBJECT if never_there else Reason.INACTIVE
                assert service.checker.check(Request(where, user(guest), "read", patients)).reason is expected
    sound(one)


def test_an_emergency_begun_and_ended_by_two_begins_and_ends_once_and_is_reviewed_once(two: Two) -> None:
    one, other = two
    one.people.add(ACTOR, NORTH, "joe", "joe@clinic.example", "Joe", sheet=default_sheet(emergency_access=True))
    for _ in range(ROUNDS // 2):
        told = both(*(lambda s=s: s.emergencies.start(by("joe", "collapse"), NORTH, "p1", 60) for s in two))  # type: ignore[misc]
        assert [error.code for error in told if isinstance(error, Conflict)] == ["already_open"]
        [started] = [known for known in one.store.emergencies(NORTH) if known.ended_at is None]
        assert both(
            lambda started=started: one.emergencies.end(by("joe"), NORTH, started.id),
            lambda started=started: other.emergencies.end(by("omar"), NORTH, started.id),
        ) == [None, None]
        told = both(
            lambda started=started: one.emergencies.review(by("omar"), NORTH, started.id),
            lambda started=started: other.emergencies.review(by("ana"), NORTH, started.id),
        )
        assert [error.code for error in told if isinstance(error, Conflict)] == ["already_reviewed"]
    actions = [event.event.action for event in one.store.events(NORTH, limit=1000)]
    assert actions.count("emergency_ended") == actions.count("emergency_reviewed") == ROUNDS // 2
    sound(one)
