"""Long bodies: read where all others wait only for those whose key is known, and only while that takes no time."""

from __future__ import annotations

import asyncio
import json

import pytest

from authz.api import create_app
from authz.asgi.asked import MOST_HERE, MOST_OF_STRANGERS, Asked, json_object
from authz.asgi.behind import Behind
from authz.asgi.doors import Door
from authz.asgi.lane import Lane
from authz.asgi.writing import Lines
from authz.core.errors import Unreadable
from authz.storage.currency import open_currency
from tests.api.conftest import World, world_in
from tests.api.serving import Server
from tests.api.test_decisions import question

LENGTHS = (MOST_OF_STRANGERS, MOST_OF_STRANGERS + 1, MOST_HERE, MOST_HERE + 1)


async def read_in_the_lane(world: World, tokens: dict[str, str]) -> list[tuple[str, int]]:
    """Whose bodies of which lengths the lane reads; each is blank, so that Flask would have to say what is wrong."""
    read: list[tuple[str, int]] = []
    behind = Behind(create_app(world.services).wsgi_app, 1, 1_048_576)
    lane = Lane(world.services, open_currency(world.url), behind, Lines(2, wanted=False))
    try:
        for whose, token in tokens.items():

            def noted(body: bytes, whose: str = whose) -> Asked | None:
                read.append((whose, len(body)))
                return None

            head = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]
            for length in LENGTHS:
                headers = [*head, (b"content-length", b"%d" % length)]
                assert await lane.in_place(Door("check", "/v1/check", noted), headers, b" " * length) is None
    finally:
        lane.close()
        behind.close()
    return read


def test_of_strangers_only_short_bodies_are_read_where_others_wait(database_url: str) -> None:
    with world_in(database_url) as world:
        tokens = {"nobody": "azk_of-nobody", "charting": world.tokens["service:charting"]}
        read = asyncio.run(read_in_the_lane(world, tokens))
    assert read == [("nobody", LENGTHS[0]), *(("charting", length) for length in LENGTHS[:3])]


@pytest.mark.parametrize("doubt", [b'"\\n"', b'{"b": 1, "b": 1}'])
def test_what_would_be_read_twice_is_for_flask_where_it_is_long(doubt: bytes) -> None:
    with pytest.raises(Unreadable, match="too long"):
        json_object(b'{"a": %b}' % doubt + b" " * MOST_OF_STRANGERS)


def test_a_long_batch_is_answered_wherever_it_is_read(server: Server, charting: str) -> None:
    one = {name: question()[name] for name in ("action", "resource", "subject")}
    for reason in ("", "asked for", "asked \\ for", "a" * 900):
        context = {"context": {"reason": reason}} if reason else {}
        body = {"practice": "northside", "checks": [{**one, **context}] * 500}
        answer = server.call("POST", "/v1/check/batch", json.dumps(body).encode(), token=charting)
        assert answer.status == 200
        assert len(answer.json["results"]) == 500
