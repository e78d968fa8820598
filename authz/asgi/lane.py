"""The lane: well-formed checks answered from memory that is known to be current; everything else goes to Flask."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import orjson

from authz.api.auth import Caller
from authz.api.rights import asking
from authz.asgi.asked import Asked, Head, read_batch, read_check, read_head
from authz.asgi.behind import Behind, Send
from authz.asgi.receiving import Receive, received
from authz.asgi.writing import Lines, answered, unavailable
from authz.bootstrap import Services
from authz.checking import LONGEST_WAIT_SECONDS
from authz.core.currency import Credential, Currency, Standing
from authz.core.decision import Decision, Reason
from authz.core.errors import AuthzError, StoreUnavailable
from authz.core.names import Practice

_POLL_SECONDS: Final = 0.02
_TRIES: Final = 4
_SLICE: Final = 25
# The doors of the lane, each with how its bodies are read. A further one needs its line here and nothing else.
DOORS: Final[dict[bytes, tuple[str, Callable[[bytes], Asked | None]]]] = {
    b"/v1/check": ("/v1/check", read_check),
    b"/v1/check/batch": ("/v1/check/batch", read_batch),
}
log = logging.getLogger("authz.api")


class Lane:
    """Answers what needs no more than a glance at the database, byte for byte as the routes behind it would.

    INVARIANT: an answer leaves only if the caller's key was in force, the caller's right to ask was decided and the
    policy was at the revision answered from, all as of a look that began after the request was read.
    """

    def __init__(self, services: Services, currency: Currency, behind: Behind, lines: Lines) -> None:
        self._checker, self._clock = services.checker, services.clock
        self._largest, self._staleness = services.settings.max_body_bytes, float(services.settings.max_staleness)
        self._currency, self._behind, self._lines = currency, behind, lines
        self._loading: dict[Practice, asyncio.Future[None]] = {}
        self._loaders = ThreadPoolExecutor(2, thread_name_prefix="loading")

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answers the request, here or behind."""
        began = time.perf_counter()
        door = DOORS.get(scope["raw_path"]) if scope["method"] == "POST" and not scope["query_string"] else None
        head = read_head(scope["headers"], self._largest) if door else None
        if door is None or head is None:
            await self._behind(scope, receive, send)
            return
        body = await received(receive, self._largest + 1, head.length)
        asked = None if body.cut else door[1](body.data)
        status, credential, data = 200, None, b""
        try:
            found = await self._answer(head, asked) if asked else None
            if found is None:
                await self._behind(scope, receive, send, body)
                return
            credential, data = found
        except StoreUnavailable as error:
            log.warning("store_unavailable", extra={"request_id": head.request_id, "problem": str(error)})
            status = 503
        self._lines.request(
            request_id=head.request_id,
            method="POST",
            route=door[0],
            status=status,
            caller=None if credential is None else str(credential.subject),
            via=None if credential is None else f"key:{credential.id}",
            milliseconds=round((time.perf_counter() - began) * 1000, 2),
        )
        await (unavailable(send, head.request_id) if credential is None else answered(send, head.request_id, data))

    def close(self) -> None:
        """Gives the connection and the threads back."""
        self._currency.close()
        self._loaders.shutdown(wait=False)

    async def _answer(self, head: Head, asked: Asked) -> tuple[Credential, bytes] | None:
        """Who asked and the answer's body; None where the request is for Flask. Raises StoreUnavailable."""
        within = self._staleness
        if asked.max_age_ms is not None:
            within = min(within, asked.max_age_ms / 1000)
        give_up = time.monotonic() + LONGEST_WAIT_SECONDS
        while (found := await self._decided(head, asked, within)) is not None:
            standing, credential, decisions = found
            if decisions[0].revision >= asked.at_least:
                age_ms = int(standing.age * 1000) if self._staleness else None
                return credential, orjson.dumps(asked.written(decisions[0].revision, decisions, age_ms))
            if time.monotonic() >= give_up:
                raise StoreUnavailable(f"revision {asked.at_least} has not arrived; at {decisions[0].revision}")
            if standing.age == 0:
                await asyncio.sleep(_POLL_SECONDS)
            within = 0.0
        return None

    async def _decided(
        self, head: Head, asked: Asked, within: float
    ) -> tuple[Standing, Credential, list[Decision]] | None:
        """The decisions, and what they rest on; None where the request is for Flask."""
        practice = asked.practice
        for _ in range(_TRIES):
            standing = self._currency.at_once(practice, head.hash, within)
            if standing is None:
                standing = await self._currency.read(practice, head.hash)
            credential = None if standing is None else standing.credential
            if standing is None or standing.revision is None or credential is None:
                return None
            if not credential.good(self._clock()) or credential.practice not in (None, practice):
                return None
            caller = Caller(credential.subject, f"key:{credential.id}", credential.practice)
            own = asking(caller, practice, [request.subject for request in asked.requests])
            decisions = await self._from_memory(practice, standing.revision, [*own, *asked.requests])
            if decisions is None:
                await self._made_ready(practice)
                continue
            may_ask, answers = decisions[: len(own)], decisions[len(own) :]
            # A yes through emergency access has to be in the audit log before it leaves: Flask's route writes it.
            if not all(d.allowed for d in may_ask) or any(d.reason is Reason.EMERGENCY for d in decisions):
                return None
            return standing, credential, answers
        return None

    async def _from_memory(self, practice: Practice, revision: int, requests: Sequence[Any]) -> list[Decision] | None:
        """All answers at this revision, in slices between which others get their turn; None if it is not held."""
        if len(requests) <= _SLICE:
            return self._checker.from_memory(practice, revision, requests)
        decisions: list[Decision] = []
        for start in range(0, len(requests), _SLICE):
            part = self._checker.from_memory(practice, revision, requests[start : start + _SLICE])
            if part is None:
                return None
            decisions += part
            await asyncio.sleep(0)
        return decisions

    async def _made_ready(self, practice: Practice) -> None:
        """Loads the practice's policy in a thread, once for all who wait for it."""
        loading = self._loading.get(practice)
        if loading is None:
            loop = asyncio.get_running_loop()
            loading = loop.run_in_executor(self._loaders, self._checker.make_ready, practice)
            self._loading[practice] = loading
            loading.add_done_callback(lambda _: self._loading.pop(practice, None))
        try:
            await asyncio.shield(loading)
        except StoreUnavailable:
            raise
        except AuthzError:
            return  # the next look, or Flask, tells what is wrong
