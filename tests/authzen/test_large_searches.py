"""Searches among many resources: short pages, a turn at a time, and an early end where nothing can be permitted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from authz.api.authzen.looking import MOST_LOOKED_AT
from authz.api.authzen.turns import Turns
from authz.core.errors import Overloaded
from authz.core.names import Subject
from authz.core.registry import Entry
from tests.api.conftest import ACTOR, NORTHSIDE, World, made_world
from tests.api.serving import Answer, Server, served

RAYS = [f"n{number:05}" for number in (3, 700, MOST_LOOKED_AT - 1, MOST_LOOKED_AT, MOST_LOOKED_AT + 1)]
NOTES = [
    Entry("chart_note", id, {"author": "user:ray" if id in RAYS else "user:lee", "state": "draft"})
    for id in (f"n{number:05}" for number in range(MOST_LOOKED_AT + 500))
]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Server]]:
    """More notes than a page looks at, of which few are ray's."""
    folder: Path = tmp_path_factory.mktemp("large")
    with made_world(folder) as world:
        for start in range(0, len(NOTES), 1000):
            world.services.registry.put(ACTOR, NORTHSIDE, NOTES[start : start + 1000])
        people = world.services.people
        people.add(ACTOR, NORTHSIDE, "gone", "gone@northside.example", "Gone", "provider")
        world.services.memberships.deactivate(ACTOR, NORTHSIDE, Subject.user("gone"))
        with served(folder, {"AUTHZ_DATABASE_URL": world.url}) as server:
            yield world, server


def search(large: tuple[World, Server], who: str = "ray", action: str = "edit", **page: Any) -> Answer:
    world, server = large
    body = {"subject": {"type": "user", "id": who}, "action": {"name": action}, "resource": {"type": "chart_note"}}
    path = "/practices/northside/access/v1/search/resource"
    return server.call("POST", path, {**body, "page": page}, token=world.tokens["service:charting"])


def test_pages_that_find_little_are_short_and_lead_on_to_all_there_is(large: tuple[World, Server]) -> None:
    first = search(large, limit=10).json
    assert [one["id"] for one in first["results"]] == RAYS[:3]
    second = search(large, token=first["page"]["next_token"]).json
    assert [one["id"] for one in second["results"]] == RAYS[3:]
    assert second["page"]["next_token"] == ""


def test_pages_of_one_result_hold_each_once(large: tuple[World, Server]) -> None:
    found: list[str] = []
    page: dict[str, Any] = {"limit": 1}
    while page.get("token") != "":
        answer = search(large, **page).json
        found += [one["id"] for one in answer["results"]]
        page = {"token": answer["page"]["next_token"]}
    assert found == RAYS


@pytest.mark.parametrize(
    ("who", "action"), [("nobody", "edit"), ("gone", "edit"), ("joe", "sign"), ("ray", "fly"), ("", "edit")]
)
def test_a_search_that_can_find_nothing_ends_with_its_first_page(
    large: tuple[World, Server], who: str, action: str
) -> None:
    answer = search(large, who, action, limit=10)
    assert (answer.status, answer.json) == (200, {"page": {"next_token": "", "count": 0}, "results": []})


def test_of_many_large_searches_at_once_each_is_answered_or_told_to_come_again(large: tuple[World, Server]) -> None:
    alone = search(large, limit=10)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: search(large, limit=10), range(24)))
    assert {answer.status for answer in answers} <= {200, 503}
    for answer in answers:
        if answer.status == 200:
            assert answer.body == alone.body
        else:
            assert answer.headers["Retry-After"] == "1"
            assert answer.json == {"error": {"status": 503, "message": "too many large searches at once"}}
    assert search(large, limit=10).body == alone.body


def test_a_small_search_needs_no_turn(large: tuple[World, Server]) -> None:
    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(search, large, limit=10) for _ in range(12)]
        answers = [search(large, limit=1) for _ in range(12)]
        assert {other.result().status for other in others} <= {200, 503}
    assert {answer.status for answer in answers} == {200}


def taken(turns: Turns, go_on: threading.Event) -> threading.Thread:
    """A turn that somebody has until `go_on`."""
    has_it = threading.Event()

    def work() -> None:
        with turns.one():
            has_it.set()
            go_on.wait()

    thread = threading.Thread(target=work)
    thread.start()
    has_it.wait()
    return thread


def test_a_turn_that_does_not_come_in_time_is_refused_and_one_that_comes_is_given() -> None:
    turns, go_on = Turns(most_waiting=1, longest_wait=0.01), threading.Event()
    thread = taken(turns, go_on)
    with pytest.raises(Overloaded), turns.one():
        pass
    go_on.set()
    thread.join()
    with turns.one(), pytest.raises(Overloaded), turns.one():
        pass


def test_where_nobody_more_may_wait_a_turn_is_refused_at_once() -> None:
    turns, go_on = Turns(most_waiting=0, longest_wait=3600), threading.Event()
    thread = taken(turns, go_on)
    with pytest.raises(Overloaded), turns.one():
        pass
    go_on.set()
    thread.join()


def test_those_who_wait_get_their_turns_one_after_the_other() -> None:
    turns, go_on = Turns(most_waiting=4, longest_wait=60), threading.Event()
    thread = taken(turns, go_on)
    inside: list[int] = []
    most: list[int] = []

    def work(number: int) -> None:
        with turns.one():
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(work, number) for number in range(4)]
        go_on.set()
        for one in waiting:
            one.result()
    thread.join()
    assert most == [1] * 4
