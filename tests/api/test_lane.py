"""The lane in front of the routes answers, byte for byte, what the routes behind it answer."""

from __future__ import annotations

import asyncio
import re
import socket
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from authz.asgi.behind import Behind
from authz.asgi.doors import Door
from authz.asgi.lane import Lane
from authz.asgi.writing import Lines
from authz.core.changes import ApiKey
from authz.storage.currency import open_currency
from tests.api.conftest import ACTOR, NORTHSIDE, World
from tests.api.generating import Requests
from tests.api.serving import Server, served

REQUESTS = 2_500
HOPS = ("server", "date", "connection", "transfer-encoding")
PLAIN = ("--worker-class", "gthread", "authz.wsgi:application()")


@pytest.fixture(scope="module")
def routes(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same database served by the Flask routes alone."""
    environment = {"AUTHZ_DATABASE_URL": world.url}
    with served(tmp_path_factory.mktemp("routes"), environment, *PLAIN) as running:
        yield running


@pytest.fixture(scope="module")
def tokens(world: World) -> dict[str, str]:
    """Good tokens, and one of each kind that opens nothing, or not here."""
    keys, subject = world.services.keys, "service:charting"
    made, was_good = keys.create(ACTOR, world.services.keys.verify(world.tokens[subject]).subject, "revoked")
    revoked = made.answer
    assert isinstance(revoked, ApiKey)
    keys.revoke(ACTOR, revoked.id)
    soon = datetime.now(UTC) + timedelta(seconds=0.2)
    short = keys.create(ACTOR, revoked.subject, "short", expires_at=soon)[1]
    odd = {"revoked": was_good, "expired": short, "unknown": "azk_unknown", "jwt": "a.b.c", "empty": ""}
    return {**world.tokens, **odd, "bound": world.key_for(subject, NORTHSIDE)}


def told(response: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status code, headers but those of the single hop, and body."""
    head, _, body = response.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
    return status.split()[1], sorted((n, v) for n, v in headers if n not in HOPS), body


def kept(server: Server, request: bytes) -> bytes:
    """The answer on a connection that its client means to keep, which the lane writes itself."""
    with socket.create_connection((server.host, server.port), timeout=30) as open_, open_.makefile("rb") as file:
        open_.sendall(request.replace(b"Connection: close\r\n", b"", 1))
        head = b""
        while not head.endswith(b"\r\n\r\n") and (line := file.readline()):
            head += line
        length = 0 if request.startswith(b"HEAD ") else int(re.findall(rb"(?i)\r\ncontent-length: (\d+)\r\n", head)[0])
        return head + file.read(length)


@pytest.mark.parametrize("seed", range(2))
def test_thousands_of_requests_good_and_broken_are_answered_alike(
    server: Server, routes: Server, tokens: dict[str, str], seed: int
) -> None:
    requests = Requests(tokens, seed)
    seen: Counter[str] = Counter()
    for number in range(REQUESTS // 4):
        request = requests.make(f"request-{seed}-{number}")
        here, there = told(server.raw(request)), told(routes.raw(request))
        assert here == there, request[:3000]
        assert told(kept(server, request)) == there, request[:3000]
        seen[here[0]] += 1
    assert seen["200"] > 50
    assert {"200", "400", "401", "403", "404", "405", "413", "422"} <= set(seen)


@pytest.mark.parametrize("credential", ["unknown", "revoked"])
def test_much_that_comes_from_nobody_is_not_read_in_front_of_the_routes(
    world: World, tokens: dict[str, str], credential: str
) -> None:
    """Reading a megabyte takes so long that all others of the process would wait for it."""
    read: list[int] = []

    def remember(body: bytes) -> None:
        read.append(len(body))

    async def sent(token: str, length: int) -> None:
        headers = {
            b"authorization": f"Bearer {token}".encode(),
            b"content-type": b"application/json",
            b"content-length": str(length).encode(),
        }
        assert await lane.in_place(Door("check", "/v1/check", remember), [*headers.items()], b" " * length) is None

    async def both() -> None:
        for token in (tokens[credential], tokens["service:charting"]):
            for length in (100, 100_000):
                await sent(token, length)

    lane = Lane(world.services, open_currency(world.url), Behind(lambda *_: [], 1, 1), Lines(2, wanted=False))
    try:
        asyncio.run(both())
    finally:
        lane.close()
    assert read == [100, 100, 100_000]
