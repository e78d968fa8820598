"""Pages of a search: tokens that nobody else can read, that end, and are good for the one query they came with."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from authz.core.errors import Unreadable
from authz.core.names import Practice

MOST_RESULTS: Final = 1000
GOOD_FOR_SECONDS: Final = 3600
_PADDED_TO: Final = 256  # bytes, or a multiple of that: how long an id is cannot be told from its token


@dataclass(frozen=True, slots=True)
class Page:
    """How many results are wanted, and after which one they begin; `wanted` tells whether a page was asked for."""

    limit: int
    after: str
    wanted: bool


class Pages:
    """Reads and writes the pages of the searches of one practice at one endpoint."""

    def __init__(self, secret: bytes, practice: Practice, endpoint: str, now: int) -> None:
        """`now` is in seconds; tokens are good for an hour or two: the same query has the same one for a while."""
        # INVARIANT: a token names the last candidate looked at, whom its bearer may not be permitted to know of.
        # This cipher needs no nonce: what is equal is encrypted equally, and of what differs nothing is told.
        self._cipher = AESSIV(hmac.digest(secret, b"page tokens", "sha512"))
        self._place, self._now = f"{practice.id} {endpoint}", now

    def read(self, body: Mapping[str, Any]) -> Page:
        """The page that a query asks for; raises Unreadable for a bad one, or a token that is not this query's."""
        given = body.get("page")
        if given is None:
            return Page(MOST_RESULTS, "", wanted=False)
        if not isinstance(given, dict):
            raise Unreadable("`page` must be an object")
        limit, token = _limit(given), given.get("token")
        if token is None or token == "":
            return Page(MOST_RESULTS if limit is None else limit, "", wanted=True)
        if not isinstance(token, str):
            raise Unreadable("`page.token` must be a string")
        after, first = self._opened(token, query_of(body))
        if limit is not None and limit != first:
            raise Unreadable("`page.limit` must be the one that the first page was asked with")
        return Page(first, after, wanted=True)

    def token(self, body: Mapping[str, Any], page: Page, last: str) -> str:
        """The token for what follows after `last`."""
        facts = [self._place, query_of(body), last, page.limit, (self._now // GOOD_FOR_SECONDS + 2) * GOOD_FOR_SECONDS]
        told = orjson.dumps(facts)
        told += b" " * (-len(told) % _PADDED_TO)
        return _written(self._cipher.encrypt(told, None))

    def _opened(self, token: str, query: str) -> tuple[str, int]:
        try:
            raw = urlsafe_b64decode(token.encode("ascii") + b"==")
            told = self._cipher.decrypt(raw, None)
        except (ValueError, InvalidTag) as error:
            raise Unreadable("`page.token` is none of ours") from error
        # What is none of the alphabet was passed over.
        if _written(raw) != token:
            raise Unreadable("`page.token` is none of ours")
        place, of_query, after, limit, ends = orjson.loads(told)
        if place != self._place or of_query != query:
            raise Unreadable("`page.token` belongs to another query")
        if ends <= self._now:
            raise Unreadable("`page.token` is too old")
        return after, limit


def _written(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def query_of(body: Mapping[str, Any]) -> str:
    """What stands for a query in its tokens: all of it but the page, in whatever order it was written.

    Raises Unreadable for one that is nested deeper than can be written.
    """
    rest = {name: value for name, value in body.items() if name != "page"}
    try:
        return hashlib.sha256(orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)).hexdigest()
    except orjson.JSONEncodeError as error:
        raise Unreadable("the body is nested too deeply") from error


def _limit(given: Mapping[str, Any]) -> int | None:
    limit = given.get("limit")
    if limit is None:
        return None
    if isinstance(limit, float) and limit.is_integer():
        limit = int(limit)
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        raise Unreadable("`page.limit` must be a whole number from 0")
    return min(limit, MOST_RESULTS)
