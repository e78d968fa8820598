"""The doors of the lane: which addresses it answers at, and how the bodies there are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final, NamedTuple

from authz.asgi.asked import Asked, read_batch, read_check
from authz.asgi.asked_authzen import read_evaluation, read_evaluations
from authz.core.names import Practice

_PRACTICES: Final = 10_000
_LONGEST: Final = 120  # longer than any door's address
_AUTHZEN: Final = re.compile(rb"/practices/([a-z0-9][a-z0-9-]{0,62})(/access/v1/evaluations?)")


class Door(NamedTuple):
    """An address: its name and route, how a body is read, and whether failures are told as AuthZEN does."""

    name: str
    route: str
    read: Callable[[bytes], Asked | None]
    authzen: bool = False


# A further door needs its line here, and its name in `authz.counting.DECIDING`.
_FIXED: Final = {
    b"/v1/check": Door("check", "/v1/check", read_check),
    b"/v1/check/batch": Door("batch", "/v1/check/batch", read_batch),
}
_OF_A_PRACTICE: Final = {
    b"/access/v1/evaluation": read_evaluation,
    b"/access/v1/evaluations": read_evaluations,
}


def door_at(path: bytes) -> Door | None:
    """The door at this address as it stands on the wire; None where the lane answers nothing."""
    return _door_at(path) if len(path) <= _LONGEST else None


@lru_cache(_PRACTICES)
def _door_at(path: bytes) -> Door | None:
    fixed = _FIXED.get(path)
    found = None if fixed else _AUTHZEN.fullmatch(path)
    if fixed or found is None:
        return fixed
    practice, rest = Practice(found[1].decode()), found[2]
    name, route = rest.decode().rpartition("/")[2], f"/practices/<practice>{rest.decode()}"
    return Door(name, route, partial(_OF_A_PRACTICE[rest], practice), authzen=True)
