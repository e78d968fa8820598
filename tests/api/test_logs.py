"""The log: one JSON object a line, each request once, and nothing that must not be written down."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Iterator

import pytest

from authz.asgi.writing import Lines
from authz.counting import counts
from authz.logs import log_to
from tests.api.conftest import World
from tests.api.serving import Server
from tests.api.test_decisions import NOTE, question


def requests(server: Server, *ids: str) -> dict[str, dict[str, object]]:
    """The log's request lines by their ids, once those of these are there: many are written together."""
    for _ in range(500):
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]
        found = {str(line["request_id"]): line for line in lines if line["event"] == "request"}
        if found.keys() >= set(ids):
            break
        time.sleep(0.02)
    return found


def test_every_line_is_json_and_every_request_has_one(server: Server, charting: str) -> None:
    server.call("POST", "/v1/check", question(), token=charting, headers={"X-Request-ID": "logged-1"})
    server.call("GET", "/v1/nothing", headers={"X-Request-ID": "logged-2"})
    found = requests(server, "logged-1", "logged-2")
    assert {found["logged-1"][name] for name in ("method", "route", "status", "caller")} == {
        "POST",
        "/v1/check",
        200,
        "service:charting",
    }
    assert (found["logged-2"]["route"], found["logged-2"]["status"], found["logged-2"]["caller"]) == (None, 401, None)


def test_no_token_no_body_and_no_patient_is_written_down(server: Server, world: World, charting: str) -> None:
    chart = {**NOTE, "attributes": {**NOTE["attributes"], "patient": "patient-8842"}}  # type: ignore[dict-item]
    server.call(
        "POST",
        "/v1/check",
        question(resource=chart, context={"reason": "told-in-confidence"}),
        token=charting,
        headers={"X-Request-ID": "secretive"},
    )
    server.call("POST", "/v1/check", question(resource=chart, action="patient-8842"), token=charting)
    server.call("GET", "/v1/patient-8842", token=charting)
    server.call("GET", "/v1/vocabulary", token="azk_mistyped-token")
    made = server.call("POST", "/v1/keys", {"subject": "user:lee", "label": "x"}, token=world.tokens["user:op"]).json
    assert requests(server, "secretive")["secretive"]["status"] == 200
    written = server.log.read_text()
    for secret in (*world.tokens.values(), made["token"], "azk_", "patient-8842", "told-in-confidence", "Bearer"):
        assert secret not in written


@pytest.fixture
def unread() -> Iterator[tuple[int, int]]:
    """A pipe that is full: one end to read from, one to write to."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writing, True)
    yield reading, writing
    os.close(reading)
    os.close(writing)


def test_a_log_that_nobody_reads_stops_nobody_and_what_is_left_out_is_counted(unread: tuple[int, int]) -> None:
    reading, writing = unread
    left_out = counts().total().left_out
    logger = logging.getLogger("authz")
    before, level, lines = (logger.handlers[:], logger.propagate), logger.level, Lines(writing, wanted=True)

    def write() -> None:
        logger.error("left_out")
        lines._lines.append("left out\n")
        lines.close()

    with open(writing, "w", closefd=False) as stream:
        log_to(stream)
        try:
            writer = threading.Thread(target=write, daemon=True)
            writer.start()
            writer.join(10)
            stopped = writer.is_alive()
            while len(os.read(reading, 1 << 20)) == 1 << 20:
                pass
            logger.error("written")
        finally:
            logger.handlers[:], logger.propagate = before
            logger.setLevel(level)
    assert not stopped
    assert json.loads(os.read(reading, 1 << 20))["event"] == "written"
    assert counts().total().left_out - left_out == 2
