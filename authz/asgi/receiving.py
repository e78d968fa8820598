"""A request's body received without holding a thread: whole, cut short, or more than anybody reads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

LONGEST_SECONDS: Final = 30.0
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Received:
    """The first bytes of a body; `cut` if the client left, or took too long, before it had sent all of it."""

    data: bytes
    cut: bool = False


NOTHING: Final = Received(b"")


async def received(receive: Receive, keep: int, most: int) -> Received:
    """The body, of which `keep` bytes are kept and up to `most` received and thrown away."""
    message = await receive()
    if message["type"] != "http.request":
        return Received(b"", cut=True)
    data: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return Received(data[:keep])
    kept, count = bytearray(data[:keep]), len(data)
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            while count <= most and message.get("more_body"):
                message = await receive()
                if message["type"] != "http.request":
                    return Received(bytes(kept), cut=True)
                part: bytes = message.get("body", b"")
                kept += part[: keep - len(kept)]
                count += len(part)
    except TimeoutError:
        return Received(bytes(kept), cut=True)
    return Received(bytes(kept))
