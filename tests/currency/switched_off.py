"""The service without its currency: how a practice and a key stand is looked up now and then, as by a plain cache."""

from __future__ import annotations

import time
from typing import Final

from authz import asgi
from authz.core.currency import Currency, Standing
from authz.core.names import Practice
from authz.storage.currency import open_currency

KEPT_SECONDS: Final = 0.5


class Remembering:
    """Tells again what it was told before, as if it had just looked, until half a second has gone by."""

    def __init__(self, currency: Currency) -> None:
        self._currency = currency
        self._told: dict[tuple[Practice, str], tuple[float, Standing]] = {}

    def at_once(self, practice: Practice, hash: str, within: float) -> Standing | None:
        """What was told before; a look where that is long ago."""
        at, known = self._told.get((practice, hash), (0.0, None))
        if known is not None and time.monotonic() - at < KEPT_SECONDS:
            return known
        return self._kept(practice, hash, self._currency.at_once(practice, hash, within))

    async def read(self, practice: Practice, hash: str) -> Standing | None:
        """How things stand now."""
        return self._kept(practice, hash, await self._currency.read(practice, hash))

    def arrived(self) -> None:
        """Bytes came in: no reason to look."""

    def close(self) -> None:
        """Gives the connection back."""
        self._currency.close()

    def _kept(self, practice: Practice, hash: str, standing: Standing | None) -> Standing | None:
        if standing is not None:
            self._told[practice, hash] = time.monotonic(), standing
        return standing


def application() -> asgi.Application:
    """What gunicorn serves: the very same but for that."""

    def open_remembering(url: str, max_staleness: float = 0.0) -> Remembering:
        return Remembering(open_currency(url, max_staleness))

    asgi.open_currency = open_remembering
    return asgi.application()
