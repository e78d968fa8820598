"""The world of the API's tests, asked as AuthZEN asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import World, charting, issuer, server, world
from tests.api.serving import Answer, Server

__all__ = ["charting", "issuer", "server", "world"]
Ask = Callable[..., Answer]
RAY, LEE = {"type": "user", "id": "ray"}, {"type": "user", "id": "lee"}
NOTE = {"type": "chart_note", "id": "n1", "properties": {"author": "user:ray", "state": "draft"}}
EDIT, READ, LOCK = {"name": "edit"}, {"name": "read"}, {"name": "lock"}
YES: dict[str, Any] = {"subject": RAY, "action": EDIT, "resource": NOTE}
NO: dict[str, Any] = {**YES, "subject": LEE}


@pytest.fixture
def ask(server: Server, world: World) -> Ask:
    """Asks an endpoint of a practice's decision point, northside's if no other is named."""

    def asked(
        endpoint: str, body: object, practice: str = "northside", caller: str = "service:charting", **more: Any
    ) -> Answer:
        path = f"/practices/{practice}/access/v1/{endpoint}"
        return server.call("POST", path, body, token=world.tokens[caller], **more)

    return asked
