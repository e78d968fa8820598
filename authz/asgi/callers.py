"""Who may use the lane: whose key it is, and the questions whether a caller may ask, the same every time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from authz.api.auth import Caller
from authz.api.rights import asking
from authz.core.currency import Credential, Currency
from authz.core.decision import Request
from authz.core.names import INSTALLATION, Practice, Subject


def own_questions(
    key: Credential | None, practice: Practice, requests: Sequence[Request], now: datetime
) -> list[Request] | None:
    """Whether the caller may ask these, as questions; None where the key does not let them in here at all."""
    if key is None or not key.good(now) or key.practice not in (None, practice):
        return None
    if len(requests) == 1:
        return [may_ask(practice, key.subject, requests[0].subject)]
    return [may_ask(practice, key.subject, subject) for subject in {request.subject for request in requests}]


async def known(currency: Currency, hash: str, within: float, now: datetime) -> bool:
    """Whether the token with this hash is somebody's key; raises StoreUnavailable."""
    standing = currency.at_once(INSTALLATION, hash, within) or await currency.read(INSTALLATION, hash)
    return standing is not None and standing.credential is not None and standing.credential.good(now)


@lru_cache(20_000)
def may_ask(practice: Practice, caller: Subject, subject: Subject) -> Request:
    """The question whether a caller with a key may ask about this subject."""
    (request,) = asking(Caller(caller, ""), practice, [subject])
    return request
