"""The practices of deploy/interop, made by the commands of `make interop` and served over a real socket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.api.serving import ROOT, Answer, Server, served
from tests.postgresql import Server as Postgresql

PUBLIC_URL: Final = "https://authz.example"
PRACTICES: Final = ("cert", "interop-todo", "records")
Body = dict[str, Any]


@dataclass(frozen=True)
class Interop:
    """The served practices and a key for each of them."""

    server: Server
    keys: dict[str, str]

    def ask(self, practice: str, endpoint: str, body: object, *, key_of: str = "", **more: Any) -> Answer:
        """POSTs to an endpoint of a practice's decision point, with its own key unless another practice's is wanted."""
        token = self.keys[f"service:{key_of or practice}"]
        return self.server.call("POST", f"/practices/{practice}/access/v1/{endpoint}", body, token=token, **more)

    def decides(self, practice: str, body: object) -> bool:
        """The decision, told as a bare object."""
        answer = self.ask(practice, "evaluation", body)
        assert answer.status == 200, answer.body
        assert answer.body in (b'{"decision":true}', b'{"decision":false}')
        return bool(answer.json["decision"])

    def finds(self, practice: str, kind: str, body: object) -> list[dict[str, str]]:
        """The results of a search that is told whole."""
        answer = self.ask(practice, f"search/{kind}", body)
        assert answer.status == 200, answer.body
        assert list(answer.json) == ["results"]
        return list(answer.json["results"])


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def interop(
    request: pytest.FixtureRequest, postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Interop]:
    """What `make interop` serves, once on each kind of database."""
    folder = tmp_path_factory.mktemp("interop")
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'interop.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(postgresql.database())
        given = {"AUTHZ_PACK": "deploy/interop", "AUTHZ_PUBLIC_URL": PUBLIC_URL, "AUTHZ_DATABASE_URL": url}
        keys = folder / "demo-keys.json"
        for command in (["db", "upgrade"], ["seed"], ["demo", "--keys", str(keys)]):
            run(command, given)
        server = stack.enter_context(served(folder, {**given, "AUTHZ_WORKERS": "2"}))
        yield Interop(server, json.loads(keys.read_text()))


def run(command: list[str], given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A command of `authz` with these settings and no others; it has to succeed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUTHZ_")}
    environment = {**inherited, "PYTHONPATH": str(ROOT), **given}
    done = subprocess.run(
        [sys.executable, "-m", "authz", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def entity(type: str, id: str, **properties: object) -> Body:
    """A subject or a resource."""
    return {"type": type, "id": id, **({"properties": properties} if properties else {})}


def question(subject: Body, action: str | Body, resource: Body, **more: object) -> Body:
    """A body of an evaluation."""
    return {
        "subject": subject,
        "action": {"name": action} if isinstance(action, str) else action,
        "resource": resource,
        **more,
    }
