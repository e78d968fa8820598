"""What the lane takes: requests whose every part is surely well-formed; whatever leaves a doubt is for Flask."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import count
from typing import Any, Final, NamedTuple

import orjson

from authz.api.answers import decided
from authz.api.bodies import parse_object
from authz.api.fields import LARGEST
from authz.api.questions import MOST_CHECKS
from authz.asgi.swift import practice_of, question_of
from authz.core.decision import Decision, Reason, Request
from authz.core.errors import Invalid, Unreadable
from authz.core.names import BadName, Practice
from authz.core.people import PracticeSettings
from authz.decision_log.lines import Answered

SLICE: Final = 128  # checks that are read or decided at one go: some hundreds of microseconds
MOST_OF_STRANGERS: Final = 16_384  # bytes that are read before it is known whose they are: some 2 ms at the worst
MOST_HERE: Final = 262_144  # a thousand checks with room to spare; whatever is longer is read in a thread
_MOST_IN_DOUBT: Final = 16_384
_DOUBTS: Final = (AttributeError, BadName, Invalid, Unreadable, KeyError, TypeError, ValueError, RecursionError)
_TYPES: Final = (b"application/json", b"application/json; charset=utf-8")
_TOKEN: Final = b"Bearer azk_"
_TOKEN_BEGINS: Final = len(b"Bearer ")
_REQUEST_ID: Final = re.compile(rb"[\x20-\x7e]{1,200}")
_ABOVE: Final = frozenset({"practice", "at_least_revision", "max_age_ms"})
_ONE: Final = frozenset({"subject", "action", "resource", "context"})
_OF_CHECK: Final = _ABOVE | _ONE
_OF_BATCH: Final = _ABOVE | {"subject", "context", "checks"}
# What most answers are but for their revision, which is the last of their fields.
_PLAIN: Final = {
    reason: orjson.dumps(decided(Decision(reason in (Reason.GRANTED, Reason.EMERGENCY), reason, 0)))[:-2]
    for reason in Reason
}
_made_here: Final = count()


class Head(NamedTuple):
    """What the headers say: whose token it is, by its hash, how long the body is, and the request's id."""

    hash: str
    length: int
    request_id: str


class Asked(NamedTuple):
    """Questions about one practice, how current the answers must be, and how they are written.

    What AuthZEN's answers tell depends on the practice's settings too.

    Where they are many, `unread` puts a slice of them into `requests` for each step, and raises for one that is
    for Flask.

    `noted` tells the decision log what was answered, where that is not just what was decided; `certain` is false where
    an answer may be a no that nobody decided.
    """

    practice: Practice
    requests: Sequence[Request]
    at_least: int
    max_age_ms: int | None
    written: Callable[[int, Sequence[Decision], int | None, PracticeSettings], bytes]
    unread: Iterator[None] | None = None
    noted: Callable[[Sequence[Decision], PracticeSettings], Iterable[Answered]] | None = None
    certain: bool = True


def read_head(headers: Sequence[tuple[bytes, bytes]], largest: int) -> Head | None:
    """The headers, if each stands there once and those that matter say what is expected."""
    found = dict(headers)
    if len(found) != len(headers):
        return None
    token, length = found.get(b"authorization", b""), found.get(b"content-length", b"")
    if not token.startswith(_TOKEN) or found.get(b"content-type") not in _TYPES or b"transfer-encoding" in found:
        return None
    if not length.isdigit() or len(length) > 12 or int(length) > largest:
        return None
    given = found.get(b"x-request-id")
    if given and not _REQUEST_ID.fullmatch(given):
        return None
    request_id = given.decode("ascii") if given else f"{_made_by()}{next(_made_here):016x}"
    # Whether the token is written as it should be need not be looked at: the hash of another is no key's.
    return Head(hashlib.sha256(token[_TOKEN_BEGINS:]).hexdigest(), int(length), request_id)


@cache
def _made_by() -> str:
    """Drawn at the first request: what is drawn before a fork is the same in all that come of it."""
    return secrets.token_hex(8)


def read_check(body: bytes) -> Asked | None:
    """The question of a body of `POST /v1/check`."""
    return _read(body, _OF_CHECK, _one)


def read_batch(body: bytes) -> Asked | None:
    """The questions of a body of `POST /v1/check/batch`."""
    return _read(body, _OF_BATCH, _many)


async def read_whole(asked: Asked) -> bool:
    """Reads what is unread, others having their turn between the slices; whether all of it is for the lane."""
    try:
        for _ in asked.unread or ():
            await asyncio.sleep(0)
    except _DOUBTS:
        return False
    return True


def _read(
    body: bytes, fields: frozenset[str], rest: Callable[[dict[str, Any], Practice, int, int | None], Asked | None]
) -> Asked | None:
    try:
        value = json_object(body)
        at_least, max_age = value.get("at_least_revision", 0), value.get("max_age_ms")
        if not value.keys() <= fields or not _whole(at_least) or ("max_age_ms" in value and not _whole(max_age)):
            return None
        return rest(value, practice_of(value["practice"]), at_least, max_age)
    except _DOUBTS:
        return None


def _one(value: dict[str, Any], practice: Practice, at_least: int, max_age: int | None) -> Asked:
    request = question_of(practice, value)
    return Asked(practice, (request,), at_least, max_age, _written_one)


def _many(value: dict[str, Any], practice: Practice, at_least: int, max_age: int | None) -> Asked | None:
    checks = value["checks"]
    if type(checks) is not list or not 1 <= len(checks) <= MOST_CHECKS:
        return None
    subject, context = value.get("subject"), value.get("context")
    if ("subject" in value and type(subject) is not str) or ("context" in value and type(context) is not dict):
        return None

    def read(part: list[Any]) -> list[Request]:
        for check in part:
            if type(check) is not dict or not check.keys() <= _ONE:
                raise TypeError("a check is an object of known fields")
        return [question_of(practice, check, subject, context) for check in part]

    requests = read(checks[:SLICE])
    unread = _slices(read, checks, requests) if len(checks) > SLICE else None
    return Asked(practice, requests, at_least, max_age, _written_many, unread)


def _slices(read: Callable[[list[Any]], list[Request]], checks: list[Any], into: list[Request]) -> Iterator[None]:
    for start in range(SLICE, len(checks), SLICE):
        yield
        into += read(checks[start : start + SLICE])


def _written_one(_: int, decisions: Sequence[Decision], age_ms: int | None, __: PracticeSettings) -> bytes:
    decision = decisions[0]
    if decision.obligations or decision.detail or age_ms is not None:
        return orjson.dumps(decided(decision, age_ms=age_ms))
    return b"%b%d}" % (_PLAIN[decision.reason], decision.revision)


def _written_many(revision: int, decisions: Sequence[Decision], age_ms: int | None, _: PracticeSettings) -> bytes:
    # One and the same decision often answers many questions.
    told = {id(decision): decision for decision in decisions}
    written = {number: orjson.dumps(decided(d, with_revision=False)) for number, d in told.items()}
    results = b",".join([written[id(decision)] for decision in decisions])
    age = b"" if age_ms is None else b'"age_ms":%d,' % age_ms
    return b'{"revision":%d,%b"results":[%b]}' % (revision, age, results)


def _whole(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST


def json_object(body: bytes) -> dict[str, Any]:
    """The body as JSON, read as `parse_object` reads it; where it is cheap to be sure of that, with orjson alone.

    orjson keeps the last of repeated keys. Without a backslash every quote in the body begins or ends a string, and
    so it does where the value is written again: a key that was dropped is missed there. What leaves a doubt and is long
    is Unreadable here, for `parse_object` takes so long that others would have to wait.
    """
    value = None if b"\\" in body else orjson.loads(body)
    if type(value) is not dict or body.count(b'"') != _quotes_again(value):
        if len(body) > _MOST_IN_DOUBT:
            raise Unreadable("the body is too long to be read twice while others wait")
        return parse_object(body)
    return value


def _quotes_again(value: dict[str, Any]) -> int:
    """How many quotes stand in a value that is written again; -1 for one too deep for that, which can still be read."""
    try:
        return orjson.dumps(value).count(b'"')
    except orjson.JSONEncodeError:
        return -1
