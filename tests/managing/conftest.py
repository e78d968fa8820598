"""The services on a fresh database with the shipped roles and two practices in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from authz.bootstrap import Services, services
from authz.core.changes import Actor
from authz.core.names import Practice, Subject
from authz.managing import Terms
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped
from authz.policies.switches import default_sheet
from authz.settings import Settings

ACTOR = Terms(Actor("cli:tests", "cli", "r1"))
NORTH, SOUTH = Practice("northside"), Practice("southside")


@pytest.fixture
def practice(database_url: str) -> Iterator[Services]:
    """Northside with omar, ana, lee, kim and ray; southside with sadm."""
    with northside_on(database_url) as made:
        yield made


@contextmanager
def northside_on(url: str) -> Iterator[Services]:
    """The services on this database, in which those two practices have been opened."""
    made = services(Settings(database_url=url))
    try:
        made.seeding.load(ACTOR, read_policy(shipped("policy_seed.csv")))
        made.practices.open(ACTOR, NORTH, "Northside", "omar", "omar@clinic.example", "Omar")
        made.practices.open(ACTOR, SOUTH, "Southside", "sadm", "sadm@clinic.example", "Sadie")
        doctor = default_sheet(practitioner=True)
        for id, sheet in {"ana": default_sheet(admin=True), "lee": doctor, "kim": doctor, "ray": doctor}.items():
            made.people.add(ACTOR, NORTH, id, f"{id}@clinic.example", id.title(), "provider", sheet)
        yield made
    finally:
        made.close()


def user(id: str) -> Subject:
    return Subject.user(id)


def by(id: str, reason: str = "") -> Terms:
    """A write by a person through a door, where the policy is asked."""
    return Terms(Actor(f"user:{id}", "key:1", "r1"), reason)
