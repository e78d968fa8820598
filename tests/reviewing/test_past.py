"""What the record tells of a practice as it was equals what was in force then, after hundreds of writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from authz.bootstrap import Services
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Request, Resource
from authz.core.errors import AuthzError, Invalid, NotFound, StoreUnavailable
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.policy import Snapshot
from authz.core.registry import Entry
from authz.reviewing.past import at_moment, at_revision, unlike
from authz.reviewing.people_differences import of_people
from authz.reviewing.sides import practice_at
from authz.storage.tables import audit_events
from tests.managing.conftest import ACTOR, NORTH, SOUTH, by, northside_on, user
from tests.managing.test_at_random import WRITERS, Attempts
from tests.managing.writes import furnish
from tests.storage.conftest import raw

WRITES = 90
PLACES = (NORTH, SOUTH, INSTALLATION)
Seen = dict[Practice, dict[int, tuple[datetime, Snapshot]]]


def look(service: Services, seen: Seen) -> None:
    """Keeps what is in force now, under its revision."""
    for place in PLACES:
        snapshot = service.store.snapshot(place)
        seen[place].setdefault(snapshot.revision, (datetime.now(UTC), snapshot))


@pytest.mark.parametrize("seed", [3])
def test_every_state_is_told_again_by_its_revision_and_by_its_moment(database_url: str, seed: int) -> None:
    with northside_on(database_url) as service:
        furnish(service)
        service.people.add_outsider(ACTOR, "op", "op@x.example", "Op")
        attempts, seen = Attempts(service, seed), {place: {} for place in PLACES}
        for number in range(WRITES):
            at = attempts.random.choice([NORTH] * 4 + [SOUTH])
            writer = ACTOR if number % 3 else by(attempts.random.choice(WRITERS), "because")
            work = attempts.random.choice(attempts.all(writer, at))
            if number % 10 == 0:
                role = attempts.random.choice(["operator", "security-reviewer"])
                work = lambda role=role: service.grants.grant(  # noqa: E731
                    ACTOR, INSTALLATION, attempts.person(), role, attempts.until()
                )
            try:
                work()
            except AuthzError:
                continue
            look(service, seen)
        told, untold = 0, 0
        for place, states in seen.items():
            for revision, (moment, snapshot) in states.items():
                assert unlike(at_moment(service.store, place, moment).snapshot, snapshot) == []
                try:
                    past = at_revision(service.store, place, revision)
                except Invalid as error:
                    assert "name a moment" in str(error)
                    untold += 1
                else:
                    assert unlike(past.snapshot, snapshot) == []
                    told += 1
        assert told > WRITES // 3
        assert untold <= told // 10


def test_a_state_that_nobody_knows_is_refused(practice: Services) -> None:
    began = practice.store.events(NORTH)[0].at
    assert began is not None
    for moment in (datetime(2020, 1, 1, tzinfo=UTC),):
        with pytest.raises(Invalid, match="tells nothing of that time"):
            at_moment(practice.store, NORTH, moment)
    assert at_moment(practice.store, NORTH, began).snapshot.settings.owner == user("omar")
    for revision in (0, -1, practice.store.revision(NORTH) + 1):
        with pytest.raises(Invalid, match="the revisions of `northside` are 1 to"):
            at_revision(practice.store, NORTH, revision)
    with pytest.raises(NotFound):
        at_moment(practice.store, Practice("nowhere"), began)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_record_that_began_before_states_were_kept_tells_nothing_of_anybody(
    practice: Services, database_url: str, place: Practice
) -> None:
    """A later change of the settings would else make of everybody who was there already somebody unknown."""
    with raw(database_url) as connection:
        connection.execute(update(audit_events).where(audit_events.c.practice == place.id).values(state=None))
    practice.practices.set_up(ACTOR, NORTH, name="North")
    practice.grants.grant(ACTOR, INSTALLATION, Subject.parse("service:charting"), "decision-caller")
    for tell in (
        lambda: at_moment(practice.store, place, datetime.now(UTC)),
        lambda: at_revision(practice.store, place, practice.store.revision(place)),
    ):
        with pytest.raises(Invalid, match="began before changes were kept"):
            tell()
    if place != SOUTH:  # what is held in the whole installation counts in every practice
        with pytest.raises(Invalid, match="began before changes were kept"):
            at_moment(practice.store, NORTH, datetime.now(UTC))


def test_what_was_written_past_the_service_shows(practice: Services) -> None:
    past = at_moment(practice.store, NORTH, datetime.now(UTC)).snapshot
    present = practice.store.snapshot(NORTH)
    assert unlike(past, present) == []
    practice.access.patch(ACTOR, NORTH, user("ray"), {"edit_claims": True})
    assert unlike(past, practice.store.snapshot(NORTH)) == ["grants"]


def test_a_record_says_of_no_guest_where_they_are_at_home(practice: Services) -> None:
    practice.memberships.admit(ACTOR, NORTH, user("sadm"))
    people = at_moment(practice.store, NORTH, datetime.now(UTC)).snapshot.people
    assert (people[user("sadm")].home, people[user("lee")].home) == (None, NORTH)


def test_what_was_registered_then_fills_in_what_a_question_leaves_out(practice: Services) -> None:
    def stored(**authors: str) -> int:
        entries = [Entry("chart_note", id, {"author": f"user:{who}", "state": "draft"}) for id, who in authors.items()]
        practice.registry.put(ACTOR, NORTH, entries)
        return practice.store.revision(NORTH)

    def explained(id: str, who: str, at: int | datetime, **stated: str) -> bool:
        asked = Request(NORTH, user(who), "edit", Resource("chart_note", id, stated))
        return practice.explaining.explain_past(asked, at).decision.allowed

    before = practice.store.revision(NORTH)
    alone, together = stored(n1="ray"), stored(n1="lee", n2="ray")
    moment = datetime.now(UTC)
    practice.registry.put(ACTOR, NORTH, [], [("chart_note", "n1")])
    gone = practice.store.revision(NORTH)
    for who, at, expected in (
        ("ray", before, False), ("ray", alone, True), ("lee", alone, False), ("ray", together, False),
        ("lee", together, True), ("lee", moment, True), ("ray", moment, False), ("lee", gone, False),
    ):  # fmt: skip
        assert explained("n1", who, at) is expected, (who, at)
    assert explained("n2", "ray", gone)
    assert not explained("n2", "ray", alone)
    assert explained("n1", "ray", together, author="user:ray")
    practice.practices.set_up(ACTOR, NORTH, supplied={"chart_note": ["state"]})
    assert not explained("n2", "lee", practice.store.revision(NORTH), author="user:lee")
    assert explained("n2", "lee", gone, author="user:lee")


def test_a_registration_that_was_made_unreadable_is_no_answer(practice: Services, database_url: str) -> None:
    practice.registry.put(ACTOR, NORTH, [Entry("chart_note", "n1", {"author": "user:ray", "state": "draft"})])
    asked = Request(NORTH, user("ray"), "edit", Resource("chart_note", "n1"))
    for spoilt in ("[]", '{"chart_note:n1": 7}', '{"chart_note:n1": {"author": 7}}'):
        with raw(database_url) as connection:
            spoil = update(audit_events).where(audit_events.c.action == "resources_registered").values(after=spoilt)
            connection.execute(spoil)
        with pytest.raises(StoreUnavailable, match="cannot be read"):
            practice.explaining.explain_past(asked, practice.store.revision(NORTH))


def test_a_side_of_a_difference_goes_by_the_clock_of_its_time(practice: Services) -> None:
    ends = datetime.now(UTC) + timedelta(hours=1)
    practice.grants.grant(ACTOR, NORTH, user("ray"), "claims-editor", ends)
    revision, later = practice.store.revision(NORTH), ends + timedelta(days=1)
    sides = [practice_at(practice.store, NORTH, side, later) for side in (revision, None)]
    then, now = (PolicyHeld(snapshot, practice.checker.memory, moment) for snapshot, moment in sides)
    found, _ = of_people(then, now, later)
    assert {(one.holder, one.kind) for one in found} == {("user:ray", "lost")}
    assert ("claim", "edit") in {(one.resource, one.action) for one in found}
