"""A served world in each kind of database, with a service that registers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.api.conftest import World, world_in
from tests.api.serving import Answer, Server, served
from tests.postgresql import Server as Postgresql

Call = Callable[..., Answer]
RESOURCES = "/v1/practices/northside/resources"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def registering(
    request: pytest.FixtureRequest, postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Server]]:
    """A world and its server, once in each kind of database."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("registering")
        url = stack.enter_context(postgresql.database())
        if request.param == "sqlite":
            url = f"sqlite:///{folder / 'authz.db'}"
        world = stack.enter_context(world_in(url))
        yield world, stack.enter_context(served(folder, {"AUTHZ_DATABASE_URL": url, "AUTHZ_WORKERS": "2"}))


@pytest.fixture
def call(registering: tuple[World, Server]) -> Call:
    """Calls the service, as the one that registers unless another is named."""
    world, server = registering

    def called(method: str, path: str, body: object = None, caller: str = "service:intake", **more: Any) -> Answer:
        return server.call(method, path, body, token=world.tokens[caller], **more)

    return called


@pytest.fixture
def check(call: Call) -> Callable[..., Any]:
    """Whether somebody may do something to a resource of which only this is said."""

    def checked(
        subject: str, action: str, id: str, type: str = "chart_note", practice: str = "northside", **attributes: str
    ) -> Any:
        resource = {"type": type, "id": id, "attributes": attributes}
        question = {"practice": practice, "subject": subject, "action": action, "resource": resource}
        answer = call("POST", "/v1/check", question, "service:charting")
        assert answer.status == 200, answer.body
        return answer.json["allowed"]

    return checked
