"""The lane: well-formed checks answered from memory that is known to be current; everything else goes to Flask."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

from authz.asgi.asked import MOST_HERE, MOST_OF_STRANGERS, SLICE, Asked, Head, read_head, read_whole
from authz.asgi.behind import Behind, Send
from authz.asgi.callers import known, own_questions
from authz.asgi.doors import Door, door_at
from authz.asgi.receiving import Receive, received
from authz.asgi.waiting import Waiting
from authz.asgi.writing import Answer, Lines, decided, sent, unavailable
from authz.bootstrap import Services
from authz.checking.awaiting import LONGEST_WAIT_SECONDS, not_arrived, worth_waiting
from authz.core.currency import Credential, Currency, Standing
from authz.core.decision import Decision, Reason, Request
from authz.core.errors import AuthzError, StoreUnavailable
from authz.core.names import Practice
from authz.core.people import PracticeSettings
from authz.core.registry import Named
from authz.decision_log.lines import Asker

_POLL_SECONDS: Final = 0.02
_TRIES: Final = 4
log = logging.getLogger("authz.api")


class _Told(NamedTuple):
    key: Credential
    revision: int
    decisions: list[Decision]
    settings: PracticeSettings
    body: bytes


class Lane:
    """Answers what needs no more than a glance at the database, byte for byte as the routes behind it would.

    INVARIANT: an answer leaves only if the caller's key was in force, the caller's right to ask was decided and the
    policy was at the revision answered from, all as of a look that began after the request was read.
    """

    def __init__(self, services: Services, currency: Currency, behind: Behind, lines: Lines) -> None:
        self._checker, self._clock, self._counts = services.checker, services.now, services.counts
        self._largest, self._staleness = services.settings.max_body_bytes, float(services.settings.max_staleness)
        self._currency, self._behind, self._lines = currency, behind, lines
        self._decision_log, self._waiting = services.decision_log, Waiting()
        self._loading: dict[tuple[Practice, frozenset[Named]], asyncio.Future[None]] = {}
        self._loaders = ThreadPoolExecutor(2, thread_name_prefix="loading")

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answers the request, here or behind."""
        began = time.perf_counter()
        path = scope["raw_path"]
        door = door_at(path) if scope["method"] == "POST" and not scope["query_string"] else None
        head = read_head(scope["headers"], self._largest) if door else None
        if door is None or head is None:
            await self._behind(scope, receive, send)
            return
        body = await received(receive, self._largest + 1, head.length)
        found = None if body.cut else await self._found(door, head, body.data, began)
        if found is None:
            await self._behind(scope, receive, send, body)
        else:
            await sent(send, found)

    async def in_place(self, door: Door, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> Answer | None:
        """The answer to a POST that is there as a whole; None for what has to take the way of all requests."""
        began = time.perf_counter()
        head = read_head(headers, self._largest)
        return await self._found(door, head, body, began) if head is not None and head.length == len(body) else None

    def arrived(self) -> None:
        """Something has come in, which may be a request: it is not answered from a look of before."""
        self._currency.arrived()

    def close(self) -> None:
        """Gives the connection and the threads back."""
        self._currency.close()
        self._lines.close()
        self._loaders.shutdown(wait=False)

    async def _found(self, door: Door, head: Head, body: bytes, began: float) -> Answer | None:
        """The answer, its line in the log; None where the request is for Flask."""
        try:
            # INVARIANT: nobody else waits for a long body to be read, least of all for a stranger's.
            if len(body) > MOST_OF_STRANGERS and not await self._worth_reading(head, body):
                return None
            asked = door.read(body)
            if asked is None or (asked.unread is not None and not await read_whole(asked)):
                return None
            found = self._glance(head, asked) or await self._answer(head, asked)
        except StoreUnavailable as error:
            log.warning("store_unavailable", extra={"request_id": head.request_id, "problem": str(error)})
            took = time.perf_counter() - began
            self._counts.answered(door.name, 503, took)
            self._lines.request(head.request_id, door.route, 503, None, None, took)
            return unavailable(head.request_id, authzen=door.authzen)
        if found is None:
            return None
        key, took = found.key, time.perf_counter() - began
        self._counts.answered(door.name, 200, took, found.decisions)
        self._lines.request(head.request_id, door.route, 200, key.subject, key.id, took)
        if self._decision_log.wants(found.decisions, certain=asked.certain):
            self._note(Asker(door.name, head.request_id, key.subject, f"key:{key.id}"), asked, found)
        return decided(head.request_id, found.body)

    async def _worth_reading(self, head: Head, body: bytes) -> bool:
        return len(body) <= MOST_HERE and await known(self._currency, head.hash, self._staleness, self._clock())

    def _note(self, asker: Asker, asked: Asked, found: _Told) -> None:
        told = None if asked.noted is None else asked.noted(found.decisions, found.settings)
        self._decision_log.note(asker, asked.practice, found.revision, asked.requests, found.decisions, told)

    def _glance(self, head: Head, asked: Asked) -> _Told | None:
        """The answer, where everything it takes is in memory already and nothing has to be waited for."""
        if len(asked.requests) > SLICE:
            return None
        standing = self._currency.at_once(asked.practice, head.hash, self._within(asked))
        own = None if standing is None else self._own(standing, asked)
        if standing is None or own is None or standing.revision is None or standing.revision < asked.at_least:
            return None
        decisions = self._checker.from_memory(asked.practice, standing.revision, [*own, *asked.requests])
        return None if decisions is None else self._written(standing, asked, decisions, len(own))

    async def _answer(self, head: Head, asked: Asked) -> _Told | None:
        """The answer, waited for; None where the request is for Flask. Raises StoreUnavailable."""
        within, give_up, tries = self._within(asked), time.monotonic() + LONGEST_WAIT_SECONDS, 0
        while tries < _TRIES:
            standing = self._currency.at_once(asked.practice, head.hash, within)
            if standing is None:
                standing = await self._currency.read(asked.practice, head.hash)
            own = None if standing is None else self._own(standing, asked)
            if standing is None or own is None or standing.revision is None:
                return None
            decisions = await self._from_memory(asked.practice, standing.revision, [*own, *asked.requests])
            if decisions is None:
                tries += 1
                await self._made_ready(asked.practice, asked.requests)
            elif standing.revision >= asked.at_least:
                return self._written(standing, asked, decisions, len(own))
            elif not all(decision.allowed for decision in decisions[: len(own)]):
                return None
            elif time.monotonic() >= give_up or not worth_waiting(asked.at_least, standing.revision):
                raise not_arrived(asked.at_least, standing.revision)
            else:
                refusal = not_arrived(asked.at_least, standing.revision)
                await self._waiting.pause(0 if standing.age else _POLL_SECONDS, refusal)
                within = 0.0
        return None

    def _within(self, asked: Asked) -> float:
        """How old, in seconds, what the answer rests on may be."""
        return self._staleness if asked.max_age_ms is None else min(self._staleness, asked.max_age_ms / 1000)

    def _own(self, standing: Standing, asked: Asked) -> list[Request] | None:
        """The questions whether the caller may ask this, if the key lets them in here at all."""
        return own_questions(standing.credential, asked.practice, asked.requests, self._clock())

    async def _from_memory(self, practice: Practice, revision: int, requests: list[Request]) -> list[Decision] | None:
        """All answers at this revision, in slices between which others get their turn; None if it is not held."""
        decisions: list[Decision] = []
        for start in range(0, len(requests), SLICE):
            part = self._checker.from_memory(practice, revision, requests[start : start + SLICE])
            if part is None:
                return None
            decisions += part
            if len(requests) > SLICE:
                await asyncio.sleep(0)
        return decisions

    def _written(self, standing: Standing, asked: Asked, decisions: list[Decision], own: int) -> _Told | None:
        """The answer's body, if the caller may have it and nothing has to be done before it leaves."""
        for decision in decisions[:own]:
            if not decision.allowed:
                return None
        for decision in decisions:
            # A yes through emergency access has to be in the audit log before it leaves: Flask's route writes it.
            if decision.reason is Reason.EMERGENCY:
                return None
        settings = self._checker.settings(asked.practice)
        if standing.credential is None or standing.revision is None or settings is None:
            return None
        age_ms = int(standing.age * 1000) if self._staleness else None
        asked_for = decisions[own:]
        body = asked.written(standing.revision, asked_for, age_ms, settings)
        return _Told(standing.credential, standing.revision, asked_for, settings, body)

    async def _made_ready(self, practice: Practice, requests: Sequence[Request]) -> None:
        """Loads the practice's policy in a thread, once for all who wait for it, and what is stored for these."""
        names = self._checker.unknown(practice, requests)
        loading = self._loading.get((practice, names))
        if loading is None:
            loading = asyncio.get_running_loop().run_in_executor(
                self._loaders, self._checker.make_ready, practice, names
            )
            self._loading[practice, names] = loading
            loading.add_done_callback(lambda _: self._loading.pop((practice, names), None))
        try:
            await asyncio.shield(loading)
        except StoreUnavailable:
            raise
        except AuthzError:
            return  # the next look, or Flask, tells what is wrong
