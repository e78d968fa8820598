"""What `/metrics` tells is what happened, in all workers together, whichever way a request took."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

import authz
from authz.asgi.doors import door_at
from authz.counting import BOUNDS, DECIDING
from tests.api.serving import Server

NOTE = {"type": "chart_note", "id": "n1", "attributes": {"author": "user:ray", "state": "draft"}}
YES = {"practice": "northside", "subject": "user:ray", "action": "edit", "resource": NOTE}
NO = {**YES, "subject": "user:lee"}
ZEN = {
    "subject": {"type": "user", "id": "ray"},
    "action": {"name": "edit"},
    "resource": {"type": "chart_note", "id": "n1", "properties": {"author": "user:ray", "state": "draft"}},
}
BASE = "/practices/northside/access/v1"
TO_THE_ROUTES = {"Content-Type": "application/json;charset=UTF-8"}  # the lane leaves what is written so to them


Numbers = dict[tuple[str, tuple[str, ...]], float]


def told(server: Server) -> Numbers:
    """Each number by its name and the values of its labels."""
    text = server.call("GET", "/metrics").body.decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, tuple(sample.labels.values())): sample.value for sample in samples}


def grown(server: Server, before: Numbers, name: str, *labels: str) -> float:
    return told(server).get((name, labels), 0) - before.get((name, labels), 0)


@pytest.mark.parametrize("headers", [None, TO_THE_ROUTES], ids=["in the lane", "by the routes"])
def test_requests_decisions_and_durations_are_counted_at_each_door(
    server: Server, charting: str, headers: dict[str, str] | None
) -> None:
    before = told(server)
    checks = [{"action": "edit", "resource": NOTE}, {"action": "read", "resource": NOTE}]
    for path, body in (
        ("/v1/check", YES),
        ("/v1/check", NO),
        ("/v1/check/batch", {"practice": "northside", "subject": "user:ray", "checks": checks}),
        (f"{BASE}/evaluation", ZEN),
        (f"{BASE}/evaluations", {**ZEN, "evaluations": [{}, {"subject": {"type": "user", "id": "lee"}}]}),
    ):
        assert server.call("POST", path, body, token=charting, headers=headers).status == 200
    asked = {door: 2 if door == "check" else 1 for door in DECIDING}
    for door, number in asked.items():
        assert grown(server, before, "authz_requests_total", door, "200") == number
        assert grown(server, before, "authz_answer_seconds_count", door) == number
        assert grown(server, before, "authz_answer_seconds_bucket", door, "+Inf") == number
        assert grown(server, before, "authz_answer_seconds_sum", door) > 0
    assert grown(server, before, "authz_decisions_total", "yes") == 1 + 2 + 1 + 1
    assert grown(server, before, "authz_decisions_total", "no") == 1 + 1


def test_what_is_refused_is_counted_by_its_status_and_is_no_decision(server: Server, charting: str) -> None:
    before = told(server)
    server.call("POST", "/v1/check", {**YES, "action": "edti"}, token=charting)
    server.call("POST", "/v1/check", YES)
    server.call("GET", "/v1/nothing", token=charting)
    server.raw(b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 9000 + b"\r\n\r\n")
    assert grown(server, before, "authz_requests_total", "check", "422") == 1
    assert grown(server, before, "authz_requests_total", "check", "401") == 1
    assert grown(server, before, "authz_requests_total", "other", "404") == 1
    assert grown(server, before, "authz_requests_total", "other", "431") == 1
    for decision in ("yes", "no"):
        assert grown(server, before, "authz_decisions_total", decision) == 0


def test_the_doors_are_those_of_the_lane_and_the_durations_have_these_bounds(server: Server) -> None:
    paths = ("/v1/check", "/v1/check/batch", f"{BASE}/evaluation", f"{BASE}/evaluations")
    assert [door.name for path in paths if (door := door_at(path.encode()))] == [*DECIDING]
    seen = told(server)
    for bound in BOUNDS:
        assert ("authz_answer_seconds_bucket", ("check", str(bound))) in seen
    assert seen["authz_info", (authz.__version__,)] == 1
