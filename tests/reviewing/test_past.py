"""What the record tells of a practice as it was equals what was in force then, after hundreds of writes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from authz.bootstrap import Services
from authz.core.errors import AuthzError, Invalid, NotFound
from authz.core.names import INSTALLATION, Practice
from authz.core.policy import Snapshot
from authz.reviewing.past import at_moment, at_revision, unlike
from tests.managing.conftest import ACTOR, NORTH, SOUTH, by, northside_on, user
from tests.managing.test_at_random import WRITERS, Attempts
from tests.managing.writes import furnish

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
