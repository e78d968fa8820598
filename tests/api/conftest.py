"""One served world for all tests of the API: two practices, their people, and a key for each caller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from authz.bootstrap import Services, services
from authz.core.changes import Actor
from authz.core.names import INSTALLATION, Practice, Subject
from authz.managing import Terms
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped
from authz.policies.switches import default_sheet
from authz.settings import Settings
from authz.storage import upgrade
from tests.api.issuing import AUDIENCE, IssuerOnLoopback, issuing
from tests.api.serving import Server, served

ACTOR = Terms(Actor("cli:tests", "cli"))
NORTHSIDE, SOUTHSIDE = Practice("northside"), Practice("southside")
ABOVE = {
    "service:charting": "decision-caller",
    "service:intake": "registrar",
    "user:op": "operator",
    "user:rev": "security-reviewer",
}


def by(id: str, reason: str = "") -> Terms:
    """A write by a person, where the policy is asked."""
    return Terms(Actor(f"user:{id}", "key:1"), reason)


@dataclass(frozen=True)
class World:
    """A database with two practices in it, the services on it, and tokens by caller."""

    url: str
    services: Services
    tokens: dict[str, str] = field(default_factory=dict)

    def key_for(self, subject: str, practice: Practice | None = None) -> str:
        """A new key's token."""
        return self.services.keys.create(ACTOR, Subject.parse(subject), "test", practice=practice)[1]


@contextmanager
def made_world(folder: Path) -> Iterator[World]:
    """The world in a SQLite file of its own."""
    with world_in(f"sqlite:///{folder / 'authz.db'}") as made:
        yield made


@contextmanager
def world_in(url: str) -> Iterator[World]:
    """The practices of the examples, made by the use cases in a database made by the migrations."""
    upgrade(url)
    made = services(Settings(database_url=url))
    try:
        made.seeding.load(ACTOR, read_policy(shipped("policy_seed.csv")))
        people = made.people
        made.practices.open(ACTOR, NORTHSIDE, "Northside", "omar", "omar@northside.example", "Omar")
        made.practices.open(ACTOR, SOUTHSIDE, "Southside", "sadm", "sadm@southside.example", "Sadie")
        doctor = default_sheet(practitioner=True, prescriber=True)
        for practice, id, seat, sheet in (
            (NORTHSIDE, "lee", "provider", doctor),
            (NORTHSIDE, "ray", "provider", default_sheet(practitioner=True)),
            (NORTHSIDE, "joe", "office", default_sheet()),
            (NORTHSIDE, "sue", "office", default_sheet(emergency_access=True)),
            (SOUTHSIDE, "far", "provider", default_sheet(practitioner=True)),
        ):
            people.add(ACTOR, practice, id, f"{id}@{practice.id}.example", id.title(), seat, sheet)
        for id in ("op", "rev"):
            people.add_outsider(ACTOR, id, f"{id}@example.org", id.title())
        for subject, role in ABOVE.items():
            made.grants.grant(ACTOR, INSTALLATION, Subject.parse(subject), role)
        world = World(url, made)
        callers = [*ABOVE, "user:omar", "user:lee", "user:ray", "user:joe", "user:sue", "user:sadm", "user:far"]
        for subject in callers:
            world.tokens[subject] = world.key_for(subject)
            world.tokens[f"{subject} in southside"] = world.key_for(subject, SOUTHSIDE)
        yield world
    finally:
        made.close()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with made_world(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture(scope="session")
def issuer() -> Iterator[IssuerOnLoopback]:
    with issuing() as running:
        yield running


@pytest.fixture(scope="session")
def server(world: World, issuer: IssuerOnLoopback, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {
        "AUTHZ_DATABASE_URL": world.url,
        "AUTHZ_JWT_ISSUER": issuer.url,
        "AUTHZ_JWT_AUDIENCE": AUDIENCE,
        "AUTHZ_WORKERS": "2",
    }
    with served(tmp_path_factory.mktemp("served"), environment) as running:
        yield running


@pytest.fixture
def charting(world: World) -> str:
    """The token of the service that asks on everybody's behalf."""
    return world.tokens["service:charting"]
