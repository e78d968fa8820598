"""Requests that wait for a revision to come: so many of them at a time, and no more."""

from __future__ import annotations

import asyncio
from typing import Final

from authz.core.errors import StoreUnavailable

MOST_WAITING: Final = 64


class Waiting:
    """A place for those who wait; they hold no thread, but each of them looks at the database again and again."""

    def __init__(self) -> None:
        self._now = 0

    async def pause(self, seconds: float, otherwise: StoreUnavailable) -> None:
        """Waits a moment; raises `otherwise` where too many wait already."""
        if self._now >= MOST_WAITING:
            raise otherwise
        self._now += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self._now -= 1
