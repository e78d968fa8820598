"""Whom the last changes concern is told exactly, or not at all."""

from __future__ import annotations

from sqlalchemy import text, update

from authz.core.changes import PutGrant, PutMembership, PutPerson, RemoveGrant
from authz.core.people import Membership
from authz.storage import SqlStore
from authz.storage.concerned import KEPT, MOST_SUBJECTS
from authz.storage.tables import concerned, practices
from tests.storage.conftest import CHARTING, KIM, LEE, NORTH, SOUTH, change, grant, opening, person


def opened(store: SqlStore) -> int:
    store.apply(opening(SOUTH, *[KIM]))
    return store.apply(opening(NORTH, LEE))


def test_all_about_the_people_concerned_is_told_and_nothing_about_others(store: SqlStore) -> None:
    before = opened(store)
    store.apply(change(NORTH, PutGrant(grant(CHARTING, "decision-caller", NORTH))))
    after = store.apply(change(NORTH, RemoveGrant(LEE, "practitioner")))
    told, whole = store.changed_since(NORTH, before), store.snapshot(NORTH)
    assert told is not None
    assert told.revision == after == whole.revision
    assert told.subjects == {LEE, CHARTING}
    assert told.grants == whole.grants
    assert told.people == whole.people
    assert told.memberships == whole.memberships
    again = store.changed_since(NORTH, after - 1)
    assert again is not None
    assert again.subjects == {LEE}
    assert again.grants == ()


def test_a_change_elsewhere_that_touches_a_member_is_told_here_too(store: SqlStore) -> None:
    opened(store)
    store.apply(change(NORTH, PutMembership(Membership(KIM, NORTH))))
    before = store.revision(NORTH)
    store.apply(change(SOUTH, PutPerson(person(KIM, SOUTH)), touches=(NORTH,)))
    told = store.changed_since(NORTH, before)
    assert told is not None
    assert told.subjects == {KIM}
    assert set(told.memberships.values()) == {Membership(KIM, NORTH)}


def test_a_revision_that_nobody_noted_is_not_told(store: SqlStore) -> None:
    before = opened(store)
    with store._database.writing() as connection:
        connection.execute(update(practices).values(revision=practices.c.revision + 1))
    assert store.changed_since(NORTH, before) is None
    store.apply(change(NORTH, RemoveGrant(LEE, "practitioner")))
    assert store.changed_since(NORTH, before) is None
    assert store.changed_since(NORTH, before + 1) is not None


def test_the_last_changes_alone_are_kept(store: SqlStore) -> None:
    before = opened(store)
    for _ in range(KEPT):
        store.apply(change(NORTH, RemoveGrant(LEE, "practitioner")))
    assert store.changed_since(NORTH, before) is not None
    store.apply(change(NORTH, RemoveGrant(LEE, "practitioner")))
    assert store.changed_since(NORTH, before) is None
    with store._database.looking() as connection:
        kept = connection.execute(concerned.select().where(concerned.c.practice == NORTH.id)).all()
    assert len(kept) == KEPT


def test_a_change_of_very_many_people_is_read_whole(store: SqlStore) -> None:
    before = opened(store)
    many = [type(LEE).user(f"u{n}") for n in range(MOST_SUBJECTS + 1)]
    store.apply(change(NORTH, *(RemoveGrant(who, "practitioner") for who in many)))
    assert store.changed_since(NORTH, before) is None


def test_a_row_that_is_no_grant_is_not_followed(store: SqlStore) -> None:
    before = opened(store)
    store.apply(change(NORTH, RemoveGrant(LEE, "practitioner")))
    with store._database.writing() as connection:
        connection.execute(
            text("INSERT INTO casbin_rule (ptype, v0, v1, v2, v3) VALUES ('g', 'user:lee', 'x', 'northside', 'y')")
        )
    assert store.changed_since(NORTH, before) is None
