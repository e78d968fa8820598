"""The record is read in pages that nothing written meanwhile can shift, and each reading stands in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import World, made_world
from tests.api.serving import Server, served

AUDIT = "/v1/practices/northside/audit"
PATCHED = "/v1/practices/northside/users/joe/access"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Server]]:
    folder = tmp_path_factory.mktemp("audit")
    with made_world(folder) as world, served(folder, {"AUTHZ_DATABASE_URL": world.url}) as server:
        yield world, server


def read(place: tuple[World, Server], query: str = "", by: str = "user:omar") -> Any:
    world, server = place
    answer = server.call("GET", f"{AUDIT}{query}", token=world.tokens[by])
    assert answer.status == 200, answer.json
    return answer.json


def switch(
    place: tuple[World, Server], on: bool, reason: str, by: str = "user:omar", which: str = "edit_claims"
) -> None:
    world, server = place
    body = {which: on, "reason": reason}
    headers = {"X-Request-ID": f"request-{reason.replace(' ', '-')}"}
    assert server.call("PATCH", PATCHED, body, token=world.tokens[by], headers=headers).status == 200


def test_a_change_stands_in_it_with_who_how_why_what_was_and_what_is(place: tuple[World, Server]) -> None:
    switch(place, True, "covers for bea")
    [event] = read(place, "?action=access_set&subject=user:joe")["items"]
    assert (event["actor"], event["subject"], event["reason"]) == ("user:omar", "user:joe", "covers for bea")
    assert (event["before"], event["after"]) == ({"edit_claims": False}, {"edit_claims": True})
    assert event["request_id"] == "request-covers-for-bea"
    assert event["via"].startswith("key:")
    switch(place, False, "bea is back")


def test_each_reading_and_each_verifying_stands_in_it(place: tuple[World, Server]) -> None:
    world, server = place
    read(place, "?subject=user:ray", by="user:rev")
    last = read(place, "?action=audit_read&limit=1000")["items"][-1]
    assert (last["actor"], last["after"]) == ("user:rev", {"subject": "user:ray"})
    before = server.call("GET", f"{AUDIT}/verify", token=world.tokens["user:omar"]).json
    after = server.call("GET", f"{AUDIT}/verify", token=world.tokens["user:omar"]).json
    assert (before["intact"], after["intact"]) == (True, True)
    assert after["events"] == before["events"] + 1
    assert read(place, "?action=audit_verified")["items"][0]["after"] == {"events": before["events"], "intact": True}


def test_pages_hold_each_event_once_whatever_is_written_between_them(place: tuple[World, Server]) -> None:
    whole = [event["seq"] for event in read(place, "?limit=1000")["items"]]
    seen, cursor = [], ""
    while True:
        page = read(place, f"?limit=3{cursor}")
        seen += [event["seq"] for event in page["items"]]
        switch(place, len(seen) % 2 == 0, "between the pages")
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen[: len(whole)] == whole == sorted(set(whole))
    assert len(seen) == len(set(seen)) == len(whole) + 1  # and the reading of all of it before


def test_filters_are_by_who_whom_what_and_when(place: tuple[World, Server]) -> None:
    switch(place, True, "by the operator", by="user:op", which="refund_payments")
    [event] = read(place, "?actor=user:op")["items"]
    assert event["reason"] == "by the operator"
    at = event["at"]
    assert [e["seq"] for e in read(place, f"?since={at}&action=access_set")["items"]] == [event["seq"]]
    assert event["seq"] not in [e["seq"] for e in read(place, f"?until={at}&limit=1000")["items"]]


def test_who_may_not_read_it_leaves_no_trace_and_learns_nothing(place: tuple[World, Server]) -> None:
    world, server = place
    before = len(read(place, "?limit=1000")["items"])
    for caller, status in (("user:joe", 403), ("user:lee", 403), ("user:sadm", 404), ("service:charting", 403)):
        for path in (AUDIT, f"{AUDIT}/verify"):
            answer = server.call("GET", path, token=world.tokens[caller])
            assert (answer.status, "items" in answer.json, "head" in answer.json) == (status, False, False)
    assert len(read(place, "?limit=1000")["items"]) == before + 1


def test_pages_of_what_is_filtered_hold_each_event_once_and_one_reading_for_each_page(
    place: tuple[World, Server],
) -> None:
    for number in range(7):
        switch(place, number % 2 == 0, f"filtered {number}", which="adjust_inventory")
    query = "?action=access_set&subject=user:joe&actor=user:omar&limit=2"
    wanted = [e["seq"] for e in read(place, query.replace("limit=2", "limit=1000"))["items"]]
    readings = len(read(place, "?action=audit_read&limit=1000")["items"]) + 1
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        page = read(place, f"{query}&cursor={cursor}")
        seen += [event["seq"] for event in page["items"]]
        cursor, pages = page["next"], pages + 1
        switch(place, pages % 2 == 0, f"while reading {pages}", which="adjust_inventory")
    assert (seen, pages) == (wanted, (len(wanted) + 1) // 2)
    found = read(place, "?action=audit_read&limit=1000")["items"][readings:]
    asked = {"action": "access_set", "subject": "user:joe", "actor": "user:omar"}
    assert [event["after"] for event in found] == [asked] * pages


def test_a_changed_and_a_removed_event_are_found_and_named(tmp_path: Path) -> None:
    with made_world(tmp_path) as world, served(tmp_path, {"AUTHZ_DATABASE_URL": world.url}) as server:
        here = (world, server)
        for number in range(4):
            switch(here, number % 2 == 0, f"change {number}")
        whole = verified(here)
        assert (whole["intact"], whole["broken"]) == (True, [])
        assert whole["head"].removeprefix("sha256:") == read(here, "?limit=1000")["items"][whole["events"] - 1]["hash"]
        seqs = [event["seq"] for event in read(here, "?action=access_set")["items"]]
        told = [{"seq": seqs[0], "problem": "changed"}]
        by_hand(world, "UPDATE audit_events SET actor = 'user:lee' WHERE practice = 'northside' AND seq = ?", seqs[0])
        assert (verified(here)["intact"], verified(here)["broken"]) == (False, told)
        told.append({"seq": seqs[2], "problem": "removed"})
        by_hand(world, "DELETE FROM audit_events WHERE practice = 'northside' AND seq = ?", seqs[2])
        assert verified(here)["broken"] == told
        last = read(here, "?action=audit_verified&limit=1000")["items"][-1]
        assert last["after"]["intact"] is False
        south = server.call("GET", "/v1/practices/southside/audit/verify", token=world.tokens["user:sadm"]).json
        assert (south["intact"], south["broken"]) == (True, [])


def verified(place: tuple[World, Server]) -> Any:
    world, server = place
    return server.call("GET", f"{AUDIT}/verify", token=world.tokens["user:omar"]).json


def by_hand(world: World, statement: str, *values: object) -> None:
    """A statement behind the service's back."""
    with closing(sqlite3.connect(world.url.removeprefix("sqlite:///"))) as connection:
        connection.execute(statement, values)
        connection.commit()


def test_an_event_spoilt_in_the_database_is_marked_and_hides_no_other(place: tuple[World, Server]) -> None:
    before = read(place, "?limit=1000")["items"]
    spoilt = before[3]["seq"]
    by_hand(place[0], "UPDATE audit_events SET after = '{' WHERE practice = 'northside' AND seq = ?", spoilt)
    found = read(place, "?limit=1000")["items"]
    assert (found[3]["after"], found[3]["unreadable"]) == (None, True)
    assert [event for event in found[: len(before)] if event["seq"] != spoilt] == [*before[:3], *before[4:]]
    assert verified(place)["broken"] == [{"seq": spoilt, "problem": "changed"}]
