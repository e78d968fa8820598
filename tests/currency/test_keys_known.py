"""What a process keeps of the keys that it met is bounded, however many come and go."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from authz.storage import standing_postgresql
from authz.storage.currency import open_currency
from tests.api.conftest import NORTHSIDE, world_in

KEPT, KEYS = 8, 30


def test_keys_met_long_ago_are_forgotten_and_known_again(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing_postgresql, "MOST_PARSED", KEPT)

    async def told(hashes: list[str]) -> list[str]:
        currency = open_currency(postgresql_url)
        assert isinstance(currency, standing_postgresql.PostgresqlCurrency)
        ids = []
        for hash in hashes:
            credential = (await currency.read(NORTHSIDE, hash)).credential
            assert credential is not None
            ids.append(credential.id)
            assert len(currency._parsed) <= KEPT
        currency.close()
        return ids

    with world_in(postgresql_url) as world:
        tokens = [world.key_for("service:charting") for _ in range(KEYS)]
        hashes = [hashlib.sha256(token.encode()).hexdigest() for token in tokens]
        assert asyncio.run(told(hashes * 2)) == [world.services.keys.verify(token).id for token in tokens] * 2
