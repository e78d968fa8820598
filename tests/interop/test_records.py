"""The search scenario: six users, twenty records, three actions, and every search that can be asked of them."""

from __future__ import annotations

from typing import Final

import pytest

from tests.interop.conftest import Interop, entity

USERS: Final = {
    "alice": ("manager", "Sales"),
    "bob": ("employee", "Legal"),
    "carol": ("contractor", "Legal"),
    "dan": ("manager", "Finance"),
    "erin": ("employee", "Finance"),
    "felix": ("contractor", "Accounting"),
}
RECORDS: Final = {
    "101": ("Legal", "alice"), "102": ("Legal", "bob"), "103": ("Legal", "carol"), "104": ("Accounting", "dan"),
    "105": ("Legal", "erin"), "106": ("Accounting", "felix"), "107": ("Sales", "alice"), "108": ("Legal", "bob"),
    "109": ("Accounting", "carol"), "110": ("Sales", "dan"), "111": ("Accounting", "erin"), "112": ("Legal", "felix"),
    "113": ("Sales", "alice"), "114": ("Accounting", "bob"), "115": ("Finance", "carol"), "116": ("Legal", "dan"),
    "117": ("Legal", "erin"), "118": ("Accounting", "felix"), "119": ("Legal", "alice"), "120": ("Accounting", "bob"),
}  # fmt: skip
ACTIONS: Final = ("view", "edit", "delete")


def may(user: str, action: str, record: str) -> bool:
    """The rules as the scenario words them."""
    (role, department), (of, owner) = USERS[user], RECORDS[record]
    manager, near, own = role == "manager", department == of, owner == user
    return own or {"view": near or manager, "edit": manager and near, "delete": False}[action]


@pytest.mark.parametrize("action", ACTIONS)
def test_subject_searches(interop: Interop, action: str) -> None:
    for record in RECORDS:
        body = {"subject": {"type": "user"}, "action": {"name": action}, "resource": entity("record", record)}
        expected = [{"type": "user", "id": user} for user in USERS if may(user, action, record)]
        assert interop.finds("records", "subject", body) == expected


@pytest.mark.parametrize("action", ACTIONS)
def test_resource_searches(interop: Interop, action: str) -> None:
    for user in USERS:
        body = {"subject": entity("user", user), "action": {"name": action}, "resource": {"type": "record"}}
        expected = [{"type": "record", "id": record} for record in RECORDS if may(user, action, record)]
        assert interop.finds("records", "resource", body) == expected


@pytest.mark.parametrize("user", USERS)
def test_action_searches(interop: Interop, user: str) -> None:
    for record in RECORDS:
        body = {"subject": entity("user", user), "resource": entity("record", record)}
        expected = [{"name": action} for action in sorted(ACTIONS) if may(user, action, record)]
        assert interop.finds("records", "action", body) == expected


@pytest.mark.parametrize("user", USERS)
def test_evaluations_say_what_searches_find(interop: Interop, user: str) -> None:
    asked = [(action, record) for action in ACTIONS for record in RECORDS]
    items = [{"action": {"name": action}, "resource": entity("record", record)} for action, record in asked]
    answer = interop.ask("records", "evaluations", {"subject": entity("user", user), "evaluations": items})
    decided = [one["decision"] for one in answer.json["evaluations"]]
    assert decided == [may(user, action, record) for action, record in asked]


def test_results_are_written_type_first(interop: Interop) -> None:
    body = {"subject": entity("user", "felix"), "action": {"name": "delete"}, "resource": {"type": "record"}}
    told = b",".join(b'{"type":"record","id":"%d"}' % number for number in (106, 112, 118))
    assert interop.ask("records", "search/resource", body).body == b'{"results":[%b]}' % told


def test_what_a_request_says_of_records_and_people_is_ignored(interop: Interop) -> None:
    body = {
        "subject": entity("user", "felix", role="manager", department="Legal"),
        "action": {"name": "edit"},
        "resource": entity("record", "101", owner="felix", department=7, status=[]),
    }
    assert not interop.decides("records", body)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("resource", {"subject": entity("user", "zoe"), "action": {"name": "view"}, "resource": {"type": "record"}}),
        ("resource", {"subject": entity("user", "bob"), "action": {"name": "fly"}, "resource": {"type": "record"}}),
        ("resource", {"subject": entity("user", "bob"), "action": {"name": "view"}, "resource": {"type": "file"}}),
        ("subject", {"subject": {"type": "user"}, "action": {"name": "edit"}, "resource": entity("record", "999")}),
        ("subject", {"subject": {"type": "robot"}, "action": {"name": "view"}, "resource": entity("record", "101")}),
        ("action", {"subject": entity("user", "bob"), "resource": entity("record", "999")}),
    ],
)
def test_unknown_values_find_nothing(interop: Interop, kind: str, body: object) -> None:
    assert interop.finds("records", kind, body) == []
