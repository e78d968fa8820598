"""Ways in which the body of a request comes out wrong, or only looks as if it were."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

LARGEST = 1_048_576


def _twice(pick: Random, body: bytes) -> bytes:
    """A key given again, plainly or in disguise."""
    again = pick.choice((b'{"action": "edit",', b'{ "action" : "read",', b'{"\\u0061ction": "read",', b'{"x":1,"x":1,'))
    return body.replace(b"{", again, 1)


def _twice_inside(pick: Random, body: bytes) -> bytes:
    return body.replace(b'"type":', pick.choice((b'"type": "claim", "type":', b'"id" : "a", "id":"b", "type":')))


def _flipped(pick: Random, body: bytes) -> bytes:
    at = pick.randrange(len(body))
    return body[:at] + bytes([pick.randrange(256)]) + body[at + 1 :]


WAYS_TO_BREAK: tuple[Callable[[Random, bytes], bytes], ...] = (
    _twice,
    _twice_inside,
    _flipped,
    lambda pick, body: body[: pick.randrange(len(body))],
    lambda _, body: body + b" ",
    lambda _, body: body + b"{}",
    lambda _, body: b"\xef\xbb\xbf" + body,
    lambda _, body: body.replace(b":", b" : "),
    lambda _, body: body.replace(b'"', b'\\"', 1),
    lambda _, body: body.replace(b"user", b"\\u0075ser"),
    lambda _, body: body.replace(b"e", b"\\ud800", 1),
    lambda _, body: body.replace(b"1", b"NaN"),
    lambda _, body: b"[" + body + b"]",
    lambda _, body: b"[" * 2000 + body + b"]" * 2000,
    lambda _, body: b"",
    lambda pick, body: body + b" " * pick.choice((17_000, 263_000)),
    lambda _, body: body.replace(b"e", b"\\u0065", 1) + b" " * 17_000,
    lambda pick, body: body + b" " * (LARGEST - len(body) + pick.choice((0, 1))),
)
