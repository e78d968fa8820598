"""The questions that are put over HTTP, as whole requests, and a key to put them with."""

from __future__ import annotations

import json
from typing import Any

from authz.bootstrap import services
from authz.core.names import INSTALLATION, Practice, Subject
from authz.managing import Terms
from authz.settings import Settings
from bench.practices import ACTOR, member, named

PRACTICES, BATCH = 20, 100


def posted(path: str, token: str, body: object) -> str:
    text = json.dumps(body)
    head = f"POST {path} HTTP/1.1\r\nHost: authz\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Length: {len(text)}\r\n\r\n{text}"


def questions(practice: Practice, start: int, number: int) -> list[dict[str, Any]]:
    """Questions that differ in who asks, whose note it is and which."""
    return [
        {
            "subject": str(member(practice, turn % 30)),
            "action": ("edit", "read", "sign")[turn % 3],
            "resource": {
                "type": "chart_note",
                "id": f"n{turn}",
                "attributes": {"author": str(member(practice, (turn // 7) % 30)), "state": "draft"},
            },
        }
        for turn in range(start, start + number)
    ]


def singles(token: str) -> list[str]:
    return [
        posted("/v1/check", token, {"practice": named(n).id, **one})
        for n in range(PRACTICES)
        for one in questions(named(n), n * 31, 50)
    ]


def batches(token: str) -> list[str]:
    """What one person may do with each of a hundred notes, as a page that lists them asks."""
    bodies = []
    for n in range(PRACTICES):
        for who in range(10):
            checks = [{k: v for k, v in one.items() if k != "subject"} for one in questions(named(n), n + who, BATCH)]
            bodies.append({"practice": named(n).id, "subject": str(member(named(n), who)), "checks": checks})
    return [posted("/v1/check/batch", token, body) for body in bodies]


def token_in(url: str) -> str:
    """A key of a service that may ask everywhere."""
    made = services(Settings(database_url=url))
    asker = Subject("service", "charting")
    made.grants.grant(Terms(ACTOR), INSTALLATION, asker, "decision-caller")
    token = made.keys.create(Terms(ACTOR), asker, "bench")[1]
    made.close()
    return token
