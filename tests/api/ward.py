"""A served world whose clock the tests hold."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from authz.api import create_app
from authz.bootstrap import services
from authz.policies import VOCABULARY
from authz.policies.switches import default_sheet
from authz.settings import Settings
from tests.api.conftest import ACTOR, NORTHSIDE, World, made_world
from tests.api.serving import Answer, Server

P: Final = "/v1/practices/northside"
GLASS: Final = f"{P}/emergency-access"
CHART: Final = {"type": "chart_note", "id": "n7", "attributes": {"author": "user:lee", "patient": "p1"}}


class Quiet(WSGIRequestHandler):
    """Says nothing beside what the tests print."""

    def log(self, *_: Any) -> None:
        """Nothing."""


@dataclass
class Ward:
    """A served world of which `now` is the time, and nothing moves it but a test."""

    world: World
    server: Server
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def call(self, method: str, path: str, body: Any = None, by: str = "user:omar") -> Answer:
        return self.server.call(method, path, body, token=self.world.tokens[by])

    def start(self, by: str = "user:sue", **given: Any) -> Answer:
        body = {"patient": "p1", "minutes": 60, "reason": "unconscious at the front desk", **given}
        return self.call("POST", GLASS, {name: value for name, value in body.items() if value is not None}, by)

    def reading(self, subject: str = "user:sue", resource: Any = CHART, action: str = "read") -> tuple[bool, str]:
        body = {"practice": "northside", "subject": subject, "action": action, "resource": resource}
        answer = self.call("POST", "/v1/check", body, "service:charting").json
        return answer["allowed"], answer["reason"]

    def everything(self, subject: str, patient: str) -> dict[tuple[str, str, str], tuple[bool, str]]:
        """Every action of the vocabulary, in each state, on what lee wrote about this patient."""
        given = {"author": "user:lee", "owner": "user:lee", "patient": patient}
        asked = [
            (type.name, action, state, {name: value for name, value in given.items() if name in type.attributes})
            for type in VOCABULARY.types.values()
            for action in type.actions
            for state in (type.attributes["state"].choices if "state" in type.attributes else ("",))
        ]
        checks = [
            {
                "action": action,
                "resource": {"type": type, "attributes": attributes | ({"state": state} if state else {})},
                "context": {"reason": "r"},
            }
            for type, action, state, attributes in asked
        ]
        body = {"practice": "northside", "subject": subject, "checks": checks}
        results = self.call("POST", "/v1/check/batch", body, "service:charting").json["results"]
        said = [(one["allowed"], one["reason"]) for one in results]
        return {(type, action, state): told for (type, action, state, _), told in zip(asked, said, strict=True)}

    def events(self, action: str) -> list[Any]:
        found: list[Any] = self.call("GET", f"{P}/audit?limit=1000&action={action}").json["items"]
        return found


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    with made_world(tmp_path) as world:
        for id, sheet in {
            "ana": default_sheet(admin=True, emergency_access=True),
            "bea": default_sheet(emergency_access=True),
        }.items():
            world.services.people.add(ACTOR, NORTHSIDE, id, f"{id}@northside.example", id.title(), sheet=sheet)
            world.tokens[f"user:{id}"] = world.key_for(f"user:{id}")
        made = services(Settings(database_url=world.url), lambda: ward.now)
        serving = make_server("127.0.0.1", 0, create_app(made), threaded=True, request_handler=Quiet)
        ward = Ward(world, Server("127.0.0.1", serving.server_port, tmp_path / "none.log"))
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        try:
            yield ward
        finally:
            serving.shutdown()
            thread.join()
            serving.server_close()
            made.close()
