"""A served world in which everything is there that a route of the contract can name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from authz.core.changes import ApiKey
from authz.core.names import Subject
from authz.core.people import AccessRequest, Emergency
from authz.core.registry import Entry
from authz.managing import Wish
from authz.policies.switches import default_sheet
from tests.api.conftest import ACTOR, NORTHSIDE, World, by, made_world
from tests.api.routes import Call, calls
from tests.api.serving import Server, served


@dataclass(frozen=True)
class Furnished:
    """A served world in which everything that a route can name is there."""

    world: World
    server: Server
    calls: dict[str, Call]

    def make(self, which: str, caller: str, query: str = "") -> Any:
        """Makes a call as this caller."""
        call = self.calls[which]
        return self.server.call(call.method, call.path + query, call.body, token=self.world.tokens[caller])

    def dump(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        engine = create_engine(self.world.url)
        with engine.connect() as connection:
            names = connection.execute(text("select name from sqlite_master where type = 'table' order by name"))
            found = {n: [*map(tuple, connection.execute(text(f'select * from "{n}"')))] for n in [*names.scalars()]}
        engine.dispose()
        return found


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    folder = tmp_path_factory.mktemp("furnished")
    with made_world(folder) as world, served(folder, {"AUTHZ_DATABASE_URL": world.url, "AUTHZ_WORKERS": "1"}) as server:
        yield Furnished(world, server, {str(call): call for call in calls(_furnish(world))})


def _furnish(world: World) -> dict[str, str]:
    services = world.services
    services.people.add(ACTOR, NORTHSIDE, "ana", "ana@northside.example", "Ana", sheet=default_sheet(admin=True))
    services.people.add(ACTOR, NORTHSIDE, "old", "old@northside.example", "Old", "provider")
    services.memberships.deactivate(ACTOR, NORTHSIDE, Subject.user("old"))
    services.memberships.admit(ACTOR, NORTHSIDE, Subject.user("far"))
    services.registry.put(ACTOR, NORTHSIDE, [Entry("chart_note", "n1", {"author": "user:ray", "state": "draft"})])
    services.roles.put_role(ACTOR, NORTHSIDE, "front-desk-lead", "Lead", [Wish("claim", "read")])
    services.roles.put_analytics_role(ACTOR, NORTHSIDE, "accountant", "Accountant", ["fin.payments"])
    key = services.keys.create(ACTOR, Subject.parse("service:billing"), "to be revoked")[0].answer
    request = services.requests.ask(by("lee"), NORTHSIDE, "erx_enablement", Subject.user("sue")).answer
    over = services.emergencies.start(by("sue", "collapse"), NORTHSIDE, "p1", 60).answer
    assert isinstance(key, ApiKey)
    assert isinstance(request, AccessRequest)
    assert isinstance(over, Emergency)
    services.emergencies.end(ACTOR, NORTHSIDE, over.id)
    still = services.emergencies.start(by("sue", "collapse"), NORTHSIDE, "p2", 60).answer
    assert isinstance(still, Emergency)
    return {"key": key.id, "request": request.id, "emergency": over.id, "open_emergency": still.id}
