"""One look at the database serves what had come in before it, and nothing that comes in later."""

from __future__ import annotations

import asyncio
import hashlib

from authz.core.currency import Currency
from authz.core.names import Subject
from authz.storage.currency import open_currency
from tests.api.conftest import ACTOR, NORTHSIDE, World


def test_what_comes_in_after_a_look_is_not_answered_from_it(apart: World) -> None:
    """As a check sent behind a long batch on its connection, which is taken up in the turn that the batch began in."""
    token = apart.key_for("service:charting")
    before, after = asyncio.run(_seen(apart, hashlib.sha256(token.encode()).hexdigest()))
    assert after == before + 1


async def _seen(world: World, hash: str) -> tuple[int, int]:
    """The revision before and after a write; the loop has no turn in between."""
    currency = open_currency(world.url)
    try:
        before = await _revision(currency, hash)
        world.services.access.patch(ACTOR, NORTHSIDE, Subject.user("joe"), {"edit_claims": True})
        currency.arrived()
        return before, await _revision(currency, hash)
    finally:
        currency.close()


async def _revision(currency: Currency, hash: str) -> int:
    standing = currency.at_once(NORTHSIDE, hash, 0.0) or await currency.read(NORTHSIDE, hash)
    assert standing is not None
    assert standing.revision is not None
    return standing.revision
