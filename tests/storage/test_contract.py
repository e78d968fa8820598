"""What core.ports promises of a store, on every database there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from authz.core import changes
from authz.core.errors import Conflict, NotFound, StaleExpectation
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import Membership, Person, PracticeSettings
from authz.storage import SqlStore
from tests.storage.conftest import (
    ACTOR,
    CHARTING,
    FAR,
    KIM,
    LEE,
    NOON,
    NORTH,
    SOUTH,
    both_open,
    change,
    everything,
    grant,
    opening,
    person,
    role,
)

NOWHERE = Practice("nowhere")


def test_an_unknown_practice_is_not_found_by_any_method(store: SqlStore) -> None:
    for call in (
        lambda: store.revision(NOWHERE),
        lambda: store.snapshot(NOWHERE),
        lambda: store.apply(change(NOWHERE, changes.RemoveGrant(LEE, "practitioner"))),
        lambda: store.record(NOWHERE, [changes.Event(ACTOR, "read", "x")]),
    ):
        with pytest.raises(NotFound, match="nowhere"):
            call()


def test_a_person_and_a_membership_come_back_as_they_were_put(store: SqlStore) -> None:
    both_open(store)
    east = timezone(timedelta(hours=5, minutes=30))
    ray = Subject.user("ray")
    account = Person(
        ray,
        'Ray O\'Neil, "MD" [résident]',
        "Ray@Northside.example",
        NORTH,
        active=False,
        sessions_from=datetime(2026, 11, 23, 17, 30, 0, 123456, tzinfo=east),
        phone="+1 555 0100",
        aliases=("r.oneil@northside.example", "ray2@northside.example"),
        reply_to="own",
    )
    member = Membership(ray, NORTH, False, "provider", False, LEE, KIM, True, True)
    store.apply(change(NORTH, changes.PutPerson(account, new=True), changes.PutMembership(member)))
    snapshot = store.snapshot(NORTH)
    assert snapshot.people[ray] == store.person(ray) == account
    assert snapshot.people[ray].sessions_from == NOON
    assert snapshot.people[ray].sessions_from.tzinfo is UTC
    assert snapshot.memberships[ray] == member


def test_settings_come_back_as_they_were_put(store: SqlStore) -> None:
    both_open(store)
    settings = PracticeSettings(NORTH, "Northside, Family & Sons", KIM, "none")
    store.apply(change(NORTH, changes.PutSettings(settings)))
    assert store.snapshot(NORTH).settings == settings
    assert store.snapshot(SOUTH).settings == PracticeSettings(SOUTH, "Southside", FAR)


def test_each_change_counts_the_revision_up_by_one(store: SqlStore) -> None:
    assert store.apply(opening(NORTH, LEE)) == 1
    assert store.apply(change(NORTH, changes.PutGrant(grant(LEE, "prescriber", NORTH)))) == 2
    assert store.revision(NORTH) == store.snapshot(NORTH).revision == 2


def test_a_stale_expectation_is_refused_and_changes_nothing(store: SqlStore, database_url: str) -> None:
    both_open(store)
    before = everything(database_url)
    with pytest.raises(StaleExpectation) as caught:
        store.apply(change(NORTH, changes.RemoveGrant(LEE, "practitioner"), expected=0))
    assert (caught.value.expected, caught.value.actual) == (0, 1)
    assert everything(database_url) == before
    assert store.apply(change(NORTH, changes.RemoveGrant(LEE, "practitioner"), expected=1)) == 2


def test_a_change_of_one_practice_leaves_the_others_revision_alone(store: SqlStore) -> None:
    both_open(store)
    store.apply(change(NORTH, changes.RemoveGrant(LEE, "practitioner")))
    assert (store.revision(SOUTH), store.revision(INSTALLATION)) == (1, 0)


def test_a_change_of_the_installation_makes_every_revision_grow(store: SqlStore) -> None:
    both_open(store)
    assert store.apply(change(INSTALLATION, changes.PutGrant(grant(CHARTING, "decision-caller", INSTALLATION)))) == 1
    assert [store.revision(p) for p in (NORTH, SOUTH)] == [2, 2]


def test_touched_practices_grow_with_the_change_and_not_without_it(store: SqlStore) -> None:
    both_open(store)
    store.apply(change(NORTH, changes.PutPerson(replace(person(LEE, NORTH), active=False)), touches=(SOUTH,)))
    assert store.revision(SOUTH) == 2
    with pytest.raises(NotFound, match="nowhere"):
        store.apply(change(NORTH, changes.RemoveGrant(LEE, "practitioner"), touches=(SOUTH, NOWHERE)))
    assert (store.revision(NORTH), store.revision(SOUTH)) == (2, 2)


def test_a_practice_opens_once(store: SqlStore, database_url: str) -> None:
    both_open(store)
    before = everything(database_url)
    with pytest.raises(Conflict) as caught:
        store.apply(opening(NORTH, Subject.user("ray")))
    assert caught.value.code == "practice_exists"
    assert everything(database_url) == before


@pytest.mark.parametrize("address", ["lee@northside.example", "LEE@NorthSide.Example", "ｌｅｅ@northside.example"])
def test_an_address_belongs_to_one_person_in_the_whole_installation(store: SqlStore, address: str) -> None:
    both_open(store)
    for taker in (
        Person(Subject.user("x"), "X", address, SOUTH),
        Person(Subject.user("x"), "X", "x@x.example", SOUTH, aliases=(address,)),
    ):
        with pytest.raises(Conflict) as caught:
            store.apply(change(SOUTH, changes.PutPerson(taker, new=True)))
        assert caught.value.code == "email_taken"
        assert "north" not in str(caught.value)
    assert store.person(Subject.user("x")) is None
    assert store.person_by_email(address) == person(LEE, NORTH)


def test_an_alias_is_found_freed_and_taken_like_an_address(store: SqlStore) -> None:
    both_open(store)
    aliased = replace(person(LEE, NORTH), aliases=("Dr.Lee@Northside.example",))
    store.apply(change(NORTH, changes.PutPerson(aliased)))
    assert store.person_by_email("dr.lee@northside.example") == aliased
    swapped = replace(aliased, email=aliased.aliases[0], aliases=(aliased.email,))
    store.apply(change(NORTH, changes.PutPerson(swapped)))
    assert store.person(LEE) == swapped
    store.apply(change(NORTH, changes.PutPerson(replace(swapped, aliases=()))))
    assert store.person_by_email("lee@northside.example") is None
    store.apply(change(SOUTH, changes.PutPerson(replace(person(FAR, SOUTH), aliases=("lee@northside.example",)))))
    assert store.person_by_email("lee@northside.example").subject == FAR  # type: ignore[union-attr]


def test_an_id_that_is_taken_never_changes_hands(store: SqlStore, database_url: str) -> None:
    both_open(store)
    before = everything(database_url)
    for operation in (
        changes.PutPerson(replace(person(LEE, SOUTH), email="new@southside.example")),
        changes.PutPerson(replace(person(LEE, None), email="new@southside.example")),
        changes.PutPerson(replace(person(LEE, NORTH), name="Somebody"), new=True),
    ):
        with pytest.raises(Conflict) as caught:
            store.apply(change(SOUTH, operation))
        assert caught.value.code == "id_taken"
    assert everything(database_url) == before


def test_nobody_is_a_member_without_an_account(store: SqlStore) -> None:
    both_open(store)
    with pytest.raises(NotFound, match="ghost"):
        store.apply(change(NORTH, changes.PutMembership(Membership(Subject.user("ghost"), NORTH))))
    assert store.revision(NORTH) == 1


def test_a_guest_comes_and_goes_and_a_home_stays(store: SqlStore) -> None:
    both_open(store)
    store.apply(change(NORTH, changes.PutMembership(Membership(FAR, NORTH))))
    assert store.homes_and_guests(FAR) == [NORTH, SOUTH]
    assert store.snapshot(NORTH).people[FAR] == person(FAR, SOUTH)
    store.apply(change(NORTH, changes.PutMembership(Membership(FAR, NORTH, active=False))))
    assert store.homes_and_guests(FAR) == [NORTH, SOUTH]
    assert store.snapshot(NORTH).people[FAR] == person(FAR, SOUTH)
    assert not store.snapshot(NORTH).memberships[FAR].active
    assert store.snapshot(SOUTH).memberships[FAR].active


def test_practices_come_in_pages_ordered_by_bytes_and_without_the_installation(store: SqlStore) -> None:
    ids = ["a", "a-b", "a0", "aa", "ab", "b"]
    for number, id in enumerate(reversed(ids)):
        store.apply(opening(Practice(id), Subject.user(f"u{number}")))
    assert [p.id for p in store.practices()] == ids == sorted(ids)
    assert [p.id for p in store.practices(after="a-b", limit=2)] == ["a0", "aa"]
    assert store.practices(after="b") == []


def test_a_role_of_a_practice_is_kept_with_its_rules_and_goes_when_nobody_holds_it(store: SqlStore) -> None:
    both_open(store)
    two, one = role(NORTH, "acc", "fin.sales_tax", "fin.refunds"), role(NORTH, "acc", "fin.sales_tax")
    theirs = role(SOUTH, "acc", "pat.retention")
    store.apply(change(SOUTH, changes.PutRole(theirs)))
    store.apply(change(NORTH, changes.PutRole(two)))
    assert list(store.roles(NORTH)) == [two]
    store.apply(change(NORTH, changes.PutRole(one), changes.PutGrant(grant(LEE, "acc", NORTH))))
    assert list(store.roles(NORTH)) == [one]
    assert store.snapshot(NORTH).rules == one.rules
    with pytest.raises(Conflict) as caught:
        store.apply(change(NORTH, changes.RemoveRole("acc")))
    assert caught.value.code == "role_in_use"
    store.apply(change(NORTH, changes.RemoveGrant(LEE, "acc"), changes.RemoveRole("acc")))
    assert (list(store.roles(NORTH)), store.snapshot(NORTH).rules) == ([], ())
    assert list(store.roles(SOUTH)) == [theirs]
    with pytest.raises(NotFound):
        store.apply(change(NORTH, changes.RemoveRole("acc")))


def test_a_snapshot_holds_this_practice_and_what_is_above_all_and_nothing_else(store: SqlStore) -> None:
    both_open(store)
    op, idle = Subject.user("op"), Subject.user("idle")
    above = grant(op, "operator", INSTALLATION)
    store.apply(
        change(
            INSTALLATION,
            changes.PutPerson(person(op, None), new=True),
            changes.PutPerson(person(idle, None), new=True),
            changes.PutGrant(above),
        )
    )
    snapshot = store.snapshot(NORTH)
    assert set(snapshot.people) == {LEE, KIM, op}
    assert set(snapshot.memberships) == {LEE, KIM}
    assert set(snapshot.grants) == {grant(u, "practitioner", NORTH) for u in (LEE, KIM)} | {above}
    assert store.snapshot(INSTALLATION).grants == (above,)
    assert store.snapshot(INSTALLATION).memberships == {}


def test_an_operation_for_another_practice_than_its_change_is_a_mistake(store: SqlStore, database_url: str) -> None:
    both_open(store)
    before = everything(database_url)
    for operation in (
        changes.PutGrant(grant(LEE, "practitioner", SOUTH)),
        changes.PutGrant(grant(LEE, "practitioner", INSTALLATION)),
        changes.PutMembership(Membership(LEE, SOUTH)),
        changes.PutRole(role(SOUTH, "acc")),
        changes.PutRole(replace(role(NORTH, "acc"), rules=role(SOUTH, "acc", "fin.sales_tax").rules)),
        changes.PutSettings(PracticeSettings(SOUTH, "Mine")),
        changes.ReplaceShippedRules(()),
    ):
        with pytest.raises(ValueError, match="another practice"):
            store.apply(change(NORTH, operation))
    assert everything(database_url) == before


def test_a_rehearsal_refuses_what_the_change_would_be_refused_for_and_changes_nothing(
    store: SqlStore, database_url: str
) -> None:
    both_open(store)
    store.apply(
        change(NORTH, changes.PutRole(role(NORTH, "acc", "fin.payments")), changes.PutGrant(grant(LEE, "acc", NORTH)))
    )
    before = everything(database_url)
    lees = replace(person(Subject.user("bea"), NORTH), email="LEE@northside.example")
    for wanted, code in (
        (change(NORTH, changes.PutPerson(lees, new=True)), "email_taken"),
        (change(NORTH, changes.PutPerson(person(FAR, NORTH), new=True)), "id_taken"),
        (change(NORTH, changes.RemoveRole("acc")), "role_in_use"),
        (opening(NORTH, Subject.user("bea")), "practice_exists"),
        (change(NORTH, changes.RemoveGrant(LEE, "acc"), expected=1), "stale"),
        (change(NOWHERE, changes.RemoveGrant(LEE, "acc")), "nowhere"),
        (change(NORTH, changes.RemoveGrant(LEE, "acc")), "nothing is refused"),
        (opening(NOWHERE, Subject.user("bea")), "nothing is refused"),
    ):
        told = []
        for method in (store.rehearse, store.apply):
            try:
                method(wanted)
            except (Conflict, StaleExpectation, NotFound) as error:
                told.append(repr(error))
            if method == store.rehearse:
                assert everything(database_url) == before
        assert (code, len(told), len(set(told))) == (code, *((0, 0) if code == "nothing is refused" else (2, 1)))
        before = everything(database_url)
