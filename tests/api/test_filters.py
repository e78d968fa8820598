"""A filter with a slip of the pen is told, so that nobody takes what it does not find for what is not there."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import authz
from authz.core.people import REQUEST_STATES
from authz.core.record import ACTIONS
from tests.api.furnished import Furnished, furnished

__all__ = ["furnished"]
P = "/v1/practices/northside"
SLIPS = [
    ("audit?action=acces_set", "action", "did you mean `access_set`"),
    ("audit?actor=omar", "actor", "such as user:omar"),
    ("audit?subject=ray", "subject", "such as user:omar"),
    ("audit?actor=user:omer", "actor", "did you mean `user:omar`"),
    ("audit?subject=user:rai", "subject", "did you mean `user:ray`"),
    ("audit?subject=user:-", "subject", "nobody here"),
    ("grants?role=practitoner", "role", "did you mean `practitioner`"),
    ("grants?role=member", "role", "no role `member` to give"),
    ("grants?role=", "role", "no role"),
    ("grants?subject=user:rai", "subject", "did you mean `user:ray`"),
    ("requests?user=rai", "user", "did you mean `user:ray`"),
]
FINE = [
    "audit?action=ownership_transferred",
    "audit?actor=user:ray",
    "audit?actor=home",
    "audit?actor=cli:tests&subject=practice:northside",
    "audit?subject=user:old&action=user_deactivated",
    "audit?subject=role:front-desk-lead",
    f"audit?subject=chart_note:{'x' * 200}",
    "grants?role=front-desk-lead",
    "grants?role=erx-level.prepare",
    "grants?subject=service:nobody-yet",
    "grants?subject=user:old",
    "requests?user=old",
]


def get(furnished: Furnished, path: str, by: str = "user:omar") -> Any:
    return furnished.server.call("GET", f"{P}/{path}", token=furnished.world.tokens[by])


@pytest.mark.parametrize(("path", "field", "words"), SLIPS)
def test_a_slip_is_told_with_what_was_meant(furnished: Furnished, path: str, field: str, words: str) -> None:
    answer = get(furnished, path)
    assert (answer.status, [error["path"] for error in answer.json["errors"]]) == (422, [field])
    assert words in answer.json["errors"][0]["message"]


def test_what_there_is_may_be_looked_for_and_found_or_not(furnished: Furnished) -> None:
    assert {path: get(furnished, path).status for path in FINE} == dict.fromkeys(FINE, 200)
    # Of rev, who is no member, the record says something, once they have read it.
    assert get(furnished, "audit", by="user:rev").status == 200
    assert get(furnished, "audit?actor=user:rev").json["items"]


def test_who_looked_for_somebody_in_vain_stands_in_the_record(furnished: Furnished) -> None:
    assert get(furnished, "audit?actor=user:rae").status == 422
    read = get(furnished, "audit?action=audit_read&limit=1000").json["items"]
    assert {"actor": "user:rae"} in [event["after"] for event in read]


def test_all_slips_of_a_query_are_told_at_once(furnished: Furnished) -> None:
    errors = get(furnished, "grants?role=practitoner&subject=user:rai").json["errors"]
    assert {error["path"] for error in errors} == {"role", "subject"}
    errors = get(furnished, "audit?actor=omar&action=acces_set&since=monday").json["errors"]
    assert {error["path"] for error in errors} == {"actor", "action", "since"}


def test_every_action_that_is_recorded_can_be_looked_for() -> None:
    """What stands as the action of an event in the source, or was given the name that stands there."""
    written: set[str] = set()
    for path in Path(authz.__file__).parent.rglob("*.py"):
        nodes = [*ast.walk(ast.parse(path.read_text()))]
        named: dict[str, set[str]] = {}
        for node in nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name):
                        named.setdefault(target.id, set()).update(texts(node.value))
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 2:
                place = {"Event": 1, "_event": 2, "record_reading": -2}.get(node.func.id)
                if place is not None:
                    action = node.args[place]
                    written |= named.get(action.id, set()) if isinstance(action, ast.Name) else texts(action)
    told = {f"request_{state}" for state in REQUEST_STATES if state != "pending"}
    assert {one for one in written if "_" in one.rstrip("_")} | told == ACTIONS


def texts(node: ast.expr) -> set[str]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
