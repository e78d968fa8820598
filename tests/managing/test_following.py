"""A policy held that follows changes person by person is the one that a whole reading gives, write after write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from authz.bootstrap import Services
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.errors import AuthzError
from authz.core.names import INSTALLATION, Practice
from authz.engine import CasbinEngine
from authz.policies.shipped import shipped
from tests.managing.conftest import ACTOR, NORTH, SOUTH, by, user
from tests.managing.test_at_random import WRITERS, Attempts
from tests.managing.writes import furnish

MEMORY = Memory(CasbinEngine(shipped("model.conf")))
WRITES = 100


def read_whole(services: Services, practice: Practice, now: datetime) -> PolicyHeld:
    return PolicyHeld(services.store.snapshot(practice), MEMORY, now)


def followed(services: Services, held: PolicyHeld, now: datetime) -> PolicyHeld | None:
    changed = services.store.changed_since(held.practice, held.revision)
    return held.with_people(changed, now) if changed else None


def same(one: PolicyHeld, other: PolicyHeld) -> bool:
    """Whether both give the same answers, up to the moment at which the first has to be made anew."""
    assert one.until is None or other.until is None or one.until <= other.until
    return (
        one.revision == other.revision
        and one.askers == other.askers
        and one.scene == other.scene
        and one.rules == other.rules
        and one.rows().by_default == other.rows().by_default
    )


@pytest.mark.parametrize("seed", [11, 12])
def test_what_is_followed_equals_what_is_read_whole(practice: Services, seed: int) -> None:
    furnish(practice)
    attempts, now = Attempts(practice, seed), datetime.now(UTC)
    held = {place: read_whole(practice, place, now) for place in (NORTH, SOUTH)}
    found = 0
    for _ in range(WRITES):
        at, writer = attempts.random.choice([NORTH, NORTH, SOUTH]), attempts.random.choice(WRITERS)
        terms = attempts.random.choice([ACTOR, by(writer, "because")])
        try:
            attempts.random.choice(attempts.all(terms, at))()
        except AuthzError:
            continue
        for place in (NORTH, SOUTH):
            now = datetime.now(UTC)
            fresh, later = read_whole(practice, place, now), followed(practice, held[place], now)
            if later is not None:
                found += 1
                assert same(later, fresh)
            if later is None or attempts.random.random() < 0.5:
                held[place] = later or fresh
    assert found > WRITES // 10


def test_nothing_is_followed_across_an_end_of_a_grant(practice: Services) -> None:
    now = datetime.now(UTC)
    practice.grants.grant(ACTOR, NORTH, user("lee"), "claims-editor", now + timedelta(hours=1))
    held = read_whole(practice, NORTH, now)
    practice.grants.grant(ACTOR, NORTH, user("kim"), "claims-editor", now + timedelta(minutes=30))
    later = followed(practice, held, now)
    assert later is not None
    assert later.until == now + timedelta(minutes=30)
    assert followed(practice, held, now + timedelta(hours=1)) is None


def test_what_concerns_more_than_some_people_is_read_whole(practice: Services) -> None:
    furnish(practice)
    now = datetime.now(UTC)
    writes = {
        "settings": lambda: practice.practices.set_up(ACTOR, NORTH, blank_erx_level="none"),
        "a role": lambda: practice.roles.put_analytics_role(ACTOR, NORTH, "takings", "T", ["fin.payments"]),
        "an emergency": lambda: practice.emergencies.start(by("joe", "collapse"), NORTH, "p3", 30),
        "the installation": lambda: practice.grants.grant(ACTOR, INSTALLATION, user("omar"), "operator"),
    }
    for name, write in writes.items():
        held = read_whole(practice, NORTH, now)
        assert followed(practice, held, now) is None, "nothing has changed"
        write()
        assert practice.store.revision(NORTH) > held.revision, name
        assert practice.store.changed_since(NORTH, held.revision) is None, name
        practice.grants.grant(ACTOR, NORTH, user("lee"), "claims-editor")
        assert practice.store.changed_since(NORTH, held.revision) is None, f"{name}, and one person since"
