"""The todo application and the gateway before it: every decision of their public test data."""

from __future__ import annotations

from itertools import product
from typing import Final

import pytest

from tests.interop.conftest import Body, Interop, entity, question

LETTERS: Final = {"rick": "A", "morty": "E", "summer": "I", "beth": "M", "jerry": "Q"}
EMAILS: Final = {
    "rick": "rick@the-citadel.com",
    "morty": "morty@the-citadel.com",
    "summer": "summer@the-smiths.com",
    "beth": "beth@the-smiths.com",
    "jerry": "jerry@the-smiths.com",
}
ROLES: Final = {
    "rick": {"admin", "evil_genius", "editor", "viewer"},
    "morty": {"editor", "viewer"},
    "summer": {"editor", "viewer"},
    "beth": {"viewer"},
    "jerry": {"viewer"},
}
PIDS: Final = {
    name: f"CiRmZD{letter}2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs" for name, letter in LETTERS.items()
}
UUID: Final = "7240d0db-8ff0-41ec-98b2-34a096273b9f"
ROUTES: Final = [
    ("GET", "/users/{userId}", set(ROLES["jerry"])),
    ("GET", "/todos", set(ROLES["jerry"])),
    ("POST", "/todos", {"admin", "editor"}),
    ("PUT", "/todos/{todoId}", {"evil_genius", "editor"}),
    ("DELETE", "/todos/{todoId}", {"admin", "editor"}),
]


def todo_of(owner: str) -> Body:
    return entity("todo", UUID, ownerID=EMAILS[owner])


def cases() -> list[tuple[str, str, Body, bool]]:
    """Eight questions about each of the five users: 40, of which 26 are answered yes."""
    found: list[tuple[str, str, Body, bool]] = []
    for who, roles in ROLES.items():
        other = "rick" if who != "rick" else "morty"
        editor = "editor" in roles
        found += [
            (who, "can_read_user", entity("user", EMAILS["beth"]), True),
            (who, "can_read_user", entity("user", PIDS["rick"]), True),
            (who, "can_read_todos", entity("todo", "todo-1"), True),
            (who, "can_create_todo", entity("todo", "todo-1"), editor),
            (who, "can_update_todo", todo_of(who), editor),
            (who, "can_update_todo", todo_of(other), "evil_genius" in roles),
            (who, "can_delete_todo", todo_of(who), editor),
            (who, "can_delete_todo", todo_of(other), "admin" in roles),
        ]
    return found


def test_there_are_as_many_cases_as_in_the_public_data() -> None:
    assert (len(cases()), sum(expected for *_, expected in cases())) == (40, 26)


@pytest.mark.parametrize(("who", "action", "resource", "expected"), cases())
def test_single_decisions(interop: Interop, who: str, action: str, resource: Body, expected: bool) -> None:
    body = question(entity("user", PIDS[who]), action, resource)
    assert interop.decides("interop-todo", body) is expected
    assert interop.decides("interop-todo", {**body, "context": {}}) is expected


def test_batches_hold_nothing_but_decisions(interop: Interop) -> None:
    """As the application lists todos: subject and action above, one resource in each item, nothing read of the rest."""
    for who, roles in (("rick", {"admin"}), ("morty", {"editor"}), ("beth", {"viewer"})):
        body = {
            "subject": entity("user", PIDS[who]),
            "action": {"name": "can_update_todo"},
            "resource": {},
            "evaluations": [{"resource": todo_of("rick")}, {"resource": todo_of("morty")}],
        }
        expected = {"admin": "[true,true]", "editor": "[false,true]", "viewer": "[false,false]"}[roles.pop()]
        answer = interop.ask("interop-todo", "evaluations", body)
        told = ",".join(f'{{"decision":{word}}}' for word in expected.strip("[]").split(","))
        assert answer.body == f'{{"evaluations":[{told}]}}'.encode()


@pytest.mark.parametrize(("who", "route"), [*product(ROLES, ROUTES)])
def test_the_gateway(interop: Interop, who: str, route: tuple[str, str, set[str]]) -> None:
    method, template, needed = route
    for type, more in product(("identity", "user"), ({}, {"context": {"ip": "10.0.0.1"}})):
        subject = entity(type, PIDS[who], scopes=["openid"])
        body = question(subject, method, entity("route", template, host="todo.example"), **more)
        assert interop.decides("interop-todo", body) is bool(ROLES[who] & needed)


def test_an_admin_alone_deletes_and_an_evil_genius_alone_changes_others_todos(interop: Interop) -> None:
    for who, action, expected in (
        ("only-admin", "can_delete_todo", True),
        ("only-admin", "can_update_todo", False),
        ("only-evil-genius", "can_delete_todo", False),
        ("only-evil-genius", "can_update_todo", True),
    ):
        assert interop.decides("interop-todo", question(entity("user", who), action, todo_of("rick"))) is expected


def test_nobody_says_their_own_address(interop: Interop) -> None:
    morty = entity("user", PIDS["morty"], email=EMAILS["rick"])
    assert not interop.decides("interop-todo", question(morty, "can_update_todo", todo_of("rick")))


def test_a_todo_of_nobody_is_nobodys(interop: Interop) -> None:
    for owner in ({}, {"ownerID": ""}, {"ownerID": None}, {"ownerID": [EMAILS["morty"]]}):
        body = question(entity("user", PIDS["morty"]), "can_update_todo", entity("todo", UUID, **owner))
        assert interop.ask("interop-todo", "evaluation", body).json["decision"] is False


def test_who_is_searched_for_as_an_identity_is_told_as_one(interop: Interop) -> None:
    body = {
        "subject": {"type": "identity"}, "action": {"name": "PUT"}, "resource": entity("route", "/todos/{todoId}")
    }  # fmt: skip
    found = interop.finds("interop-todo", "subject", body)
    expected = sorted([PIDS["rick"], PIDS["morty"], PIDS["summer"], "only-admin", "only-evil-genius"])
    assert found == [{"type": "identity", "id": id} for id in expected]
