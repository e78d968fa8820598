"""Who may, on what, and what may be done: the rows S1 to S12 and P1 to P10 of the checklist, over a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from authz.core.registry import Entry
from tests.api.conftest import ACTOR, NORTHSIDE, SOUTHSIDE, World, world_in
from tests.api.serving import Answer, Server, served
from tests.postgresql import Server as Postgresql

RAY = {"type": "user", "id": "ray"}
READ, EDIT = {"name": "read"}, {"name": "edit"}
NOTES = [
    Entry("chart_note", f"n{n:02}", {"author": "user:ray" if n % 3 else "user:lee", "state": "draft"})
    for n in range(40)
]
RAYS = [note.id for note in NOTES if note.attributes["author"] == "user:ray"]
Search = Callable[..., Answer]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def searched(
    request: pytest.FixtureRequest, postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Server]]:
    """A world with registered notes, once in each kind of database."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("searched")
        url = f"sqlite:///{folder / 'authz.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(postgresql.database())
        world = stack.enter_context(world_in(url))
        world.services.registry.put(ACTOR, NORTHSIDE, NOTES)
        world.services.registry.put(ACTOR, SOUTHSIDE, [Entry("chart_note", "s1", {"author": "user:far"})])
        yield world, stack.enter_context(served(folder, {"AUTHZ_DATABASE_URL": url, "AUTHZ_WORKERS": "2"}))


@pytest.fixture
def search(searched: tuple[World, Server]) -> Search:
    """Searches northside, or another practice."""
    world, server = searched

    def asked(
        kind: str, body: object, practice: str = "northside", caller: str = "service:charting", **more: Any
    ) -> Answer:
        path = f"/practices/{practice}/access/v1/search/{kind}"
        return server.call("POST", path, body, token=world.tokens[caller], **more)

    return asked


@pytest.fixture
def permits(searched: tuple[World, Server]) -> Callable[[object], bool]:
    """What an evaluation says."""
    world, server = searched

    def asked(body: object) -> bool:
        path = "/practices/northside/access/v1/evaluation"
        return bool(server.call("POST", path, body, token=world.tokens["service:charting"]).json["decision"])

    return asked


def resources(**more: object) -> dict[str, object]:
    return {"subject": RAY, "action": EDIT, "resource": {"type": "chart_note"}, **more}


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [one["id"] for one in answer.json["results"]]


def pages(search: Search, kind: str, body: dict[str, Any], limit: int) -> list[list[str]]:
    """The ids of each page, followed by tokens alone to the end."""
    found, page = [], {"limit": limit}
    while True:
        answer = search(kind, {**body, "page": page})
        found.append([one.get("id") or one["name"] for one in answer.json["results"]])
        token = answer.json["page"]["next_token"]
        if not token:
            return found
        page = {"token": token}


def test_s1_s9_results_are_exactly_what_evaluates_to_true(search: Search, permits: Callable[[object], bool]) -> None:
    found = ids(search("resource", resources()))
    assert found == RAYS
    for note in NOTES:
        question = {"subject": RAY, "action": EDIT, "resource": {"type": "chart_note", "id": note.id}}
        assert permits(question) is (note.id in found)


def test_s2_subjects_are_found_by_the_roles_they_hold(search: Search) -> None:
    body = {"subject": {"type": "user"}, "action": EDIT, "resource": {"type": "chart_note", "id": "n01"}}
    assert ids(search("subject", body)) == ["ray"]
    body["resource"] = {"type": "patient", "id": "p1"}
    body["action"] = READ
    assert ids(search("subject", body)) == ["joe", "lee", "omar", "ray", "sue"]


def test_s3_s5_results_have_type_and_id_or_name_in_this_order_and_nothing_else(search: Search) -> None:
    answer = search("resource", resources(page={"limit": 2}))
    assert answer.body.startswith(b'{"page":{"next_token":"')
    assert b'"results":[{"type":"chart_note","id":"n01"},{"type":"chart_note","id":"n02"}]' in answer.body
    body = {"subject": RAY, "resource": {"type": "task", "id": "t1", "properties": {"assignee": "user:ray"}}}
    assert search("action", body).body == b'{"results":[{"name":"complete"},{"name":"read"}]}'


def test_s6_s7_an_id_of_what_is_searched_for_is_ignored(search: Search) -> None:
    assert ids(search("resource", resources(resource={"type": "chart_note", "id": "n00"}))) == RAYS
    body = {"subject": {"type": "user", "id": "joe"}, "action": EDIT, "resource": {"type": "chart_note", "id": "n01"}}
    assert ids(search("subject", body)) == ["ray"]


def test_s8_an_action_that_is_sent_is_ignored(search: Search) -> None:
    body = {"subject": RAY, "resource": {"type": "chart_note", "id": "n01"}}
    assert search("action", {**body, "action": 7}).json == search("action", body).json


def test_s8_what_may_be_done_is_what_evaluates_to_true(search: Search, permits: Callable[[object], bool]) -> None:
    for id in ("n00", "n01"):
        resource = {"type": "chart_note", "id": id}
        found = {one["name"] for one in search("action", {"subject": RAY, "resource": resource}).json["results"]}
        for action in ("read", "edit", "sign", "cosign", "lock", "purge", "print", "addend", "fly"):
            question = {"subject": RAY, "action": {"name": action}, "resource": resource}
            assert permits(question) is (action in found)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("resource", resources(resource={"type": "spaceship"})),
        ("resource", resources(subject={"type": "user", "id": "nonexistent-user"})),
        ("resource", resources(subject={"type": "robot", "id": "r2"})),
        ("resource", resources(action={"name": "fly"})),
        ("subject", {"subject": {"type": "spaceship"}, "action": READ, "resource": {"type": "patient", "id": "p1"}}),
        ("subject", {"subject": {"type": "user"}, "action": READ, "resource": {"type": "spaceship", "id": "p1"}}),
        ("subject", {"subject": {"type": "user"}, "action": {"name": ""}, "resource": {"type": "patient", "id": "p1"}}),
        ("action", {"subject": {"type": "user", "id": "nobody"}, "resource": {"type": "patient", "id": "p1"}}),
        ("action", {"subject": RAY, "resource": {"type": "spaceship", "id": "p1"}}),
    ],
)
def test_s10_what_is_unknown_finds_nothing(search: Search, kind: str, body: object) -> None:
    answer = search(kind, body)
    assert (answer.status, answer.json) == (200, {"results": []})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("resource", {"subject": RAY, "action": EDIT}),
        ("resource", {"subject": {"type": "user"}, "action": EDIT, "resource": {"type": "chart_note"}}),
        ("resource", resources(resource={"id": "n1"})),
        ("resource", resources(action={})),
        ("resource", resources(action={"name": 7})),
        ("resource", resources(context=[])),
        ("subject", {"subject": {"type": "user"}, "action": EDIT, "resource": {"type": "chart_note"}}),
        ("subject", {"subject": {"id": "ray"}, "action": EDIT, "resource": {"type": "chart_note", "id": "n1"}}),
        ("subject", {"subject": {"type": 7}, "action": EDIT, "resource": {"type": "chart_note", "id": "n1"}}),
        ("action", {"subject": {"type": "user"}, "resource": {"type": "chart_note", "id": "n1"}}),
        ("action", {"subject": RAY, "resource": {"type": "chart_note"}}),
        ("action", {"subject": "ray", "resource": {"type": "chart_note", "id": "n1"}}),
        ("resource", resources(page=[])),
        ("resource", resources(page={"limit": -1})),
        ("resource", resources(page={"limit": True})),
        ("resource", resources(page={"limit": "5"})),
        ("resource", resources(page={"limit": 1.5})),
        ("resource", resources(page={"token": 7})),
        ("resource", resources(page={"token": "made up"})),
    ],
)
def test_s11_what_is_missing_or_of_another_type_is_refused(search: Search, kind: str, body: object) -> None:
    answer = search(kind, body)
    assert (answer.status, answer.json["error"]["status"]) == (400, 400)
    assert b"results" not in answer.body


def test_s4_reports_users_and_roles_are_found_unregistered(search: Search) -> None:
    omar = {"type": "user", "id": "omar"}

    def may(action: str, type: str) -> list[str]:
        return ids(search("resource", {"subject": omar, "action": {"name": action}, "resource": {"type": type}}))

    assert "fin.payments" in may("view", "analytics_report")
    assert may("deactivate", "user") == ["joe", "lee", "ray", "sue"]


def test_p2_p3_a_part_has_a_token_and_the_last_one_an_empty_one(search: Search) -> None:
    found = pages(search, "resource", resources(), 10)
    assert [id for page in found for id in page] == RAYS
    assert [len(page) for page in found[:-1]] == [10] * (len(found) - 1)


@pytest.mark.parametrize("limit", [1, 2, 7, 26, 27, 1000, 5000, 10**15])
def test_p4_p10_pages_of_any_size_hold_each_result_once(search: Search, limit: int) -> None:
    found = pages(search, "resource", resources(), limit)
    assert [id for page in found for id in page] == RAYS
    assert all(len(page) <= limit for page in found)


def test_p4_no_results_wanted_is_none_given_and_a_token(search: Search) -> None:
    page = search("resource", resources(page={"limit": 0})).json
    assert (page["results"], page["page"]["count"], bool(page["page"]["next_token"])) == ([], 0, True)


def test_p1_unasked_there_is_no_page_where_all_is_told(search: Search) -> None:
    assert list(search("resource", resources()).json) == ["results"]
    assert search("resource", resources(page={})).json["page"] == {"next_token": "", "count": len(RAYS)}


def test_p6_a_token_is_good_for_its_query_alone(search: Search) -> None:
    token = search("resource", resources(page={"limit": 5})).json["page"]["next_token"]
    for other in (
        resources(action=READ),
        resources(subject={"type": "user", "id": "lee"}),
        resources(context={"reason": "x"}),
        resources(resource={"type": "claim"}),
    ):
        assert search("resource", {**other, "page": {"token": token}}).status == 400
    action = {"subject": RAY, "resource": {"type": "chart_note", "id": "n01"}}
    assert search("action", {**action, "page": {"token": token}}).status == 400


def test_p7_a_token_alone_goes_on_with_the_same_limit_and_no_other(search: Search) -> None:
    token = search("resource", resources(page={"limit": 5})).json["page"]["next_token"]
    assert ids(search("resource", resources(page={"token": token}))) == RAYS[5:10]
    assert ids(search("resource", resources(page={"token": token, "limit": 5}))) == RAYS[5:10]
    assert ids(search("resource", resources(page={"token": token, "limit": 5.0}))) == RAYS[5:10]
    assert search("resource", resources(page={"token": token, "limit": 6})).status == 400


def test_p6_a_token_that_was_touched_opens_nothing(search: Search) -> None:
    token = search("resource", resources(page={"limit": 5})).json["page"]["next_token"]
    for place in range(0, len(token), 7):
        touched = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert search("resource", resources(page={"token": touched})).status == 400


def test_p8_what_changes_between_two_pages_costs_no_other_result(
    search: Search, searched: tuple[World, Server]
) -> None:
    """A page goes on after an id and not after a number: what comes or goes before it moves nothing."""
    registry, before = searched[0].services.registry, Entry("chart_note", "n000", {"author": "user:ray"})
    first = search("resource", resources(action=READ, page={"limit": 3})).json
    token = {"token": first["page"]["next_token"]}
    unchanged = ids(search("resource", resources(action=READ, page=token)))
    registry.put(ACTOR, NORTHSIDE, [before])
    try:
        assert ids(search("resource", resources(action=READ, page=token))) == unchanged
    finally:
        registry.put(ACTOR, NORTHSIDE, (), [before.named])
    assert ids(search("resource", resources(action=READ, page=token))) == unchanged


def test_p9_what_is_unknown_in_a_page_is_ignored(search: Search) -> None:
    page = {"limit": 3, "sort": "id", "properties": {"x": 1}}
    assert ids(search("resource", resources(page=page))) == RAYS[:3]


def test_a_token_of_one_practice_opens_no_other(search: Search) -> None:
    token = search("resource", resources(page={"limit": 5})).json["page"]["next_token"]
    assert search("resource", resources(page={"token": token}), practice="southside").status == 400
    assert ids(search("resource", resources(action=READ), practice="southside")) == []


def test_a_caller_of_one_practice_searches_no_other(search: Search) -> None:
    assert search("resource", resources(), caller="service:charting in southside").status == 404
    assert search("resource", resources(), practice="nowhere").status == 404
    assert search("resource", resources(), caller="user:joe").status == 403
    found = search("resource", resources(), practice="southside", caller="service:charting in southside")
    assert b"n01" not in found.body


def test_b16_the_same_search_has_the_same_bytes(search: Search) -> None:
    for body in (resources(), resources(page={"limit": 3})):
        assert len({search("resource", body).body for _ in range(3)}) == 1
