"""Good bodies made into others: parts left out, replaced, repeated, nested, and bytes that are not what they were."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from typing import Any, Final

STRANGE: Final[list[Any]] = [
    None, True, False, 0, -1, 1.5, 10**30, -0.0, "", " ", "*", "user", "alice", "\0", "\u202e", "ü" * 300, "a,b",
    "role:admin", [], [[]], {}, {"": {}}, {"type": {}}, {"id": []}, ["alice"], {"type": "user", "id": "alice"},
    {"properties": 7}, {"properties": {"status": "archived", "role": "admin", "soft": True, "ownerID": {}}},
    "execute_all", "x" * 5000,
]  # fmt: skip
FIELDS: Final = ["subject", "action", "resource", "evaluations", "page", "options", "x"]
BYTES: Final = [
    b"",
    b"\0",
    b"\xff",
    b"\xc3\x28",
    b'"',
    b"\\",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b",",
    b"NaN",
    b"1e999",
    b"//",
]


def mutated(body: dict[str, Any], chance: random.Random) -> bytes:
    """A body a few changes away from this one."""
    changed: Any = json.loads(json.dumps(body))
    for _ in range(chance.randint(1, 4)):
        changed = _changed(changed, chance)
    written = json.dumps(changed, ensure_ascii=chance.random() < 0.5).encode("utf-8", "replace")
    for _ in range(chance.choice([0, 0, 0, 1, 2])):
        written = _spoilt(written, chance)
    return written


def _changed(value: Any, chance: random.Random) -> Any:
    places = [*_places(value)]
    if not places or chance.random() < 0.02:
        return deepcopy(chance.choice(STRANGE))
    above, key = chance.choice(places)
    what = chance.random()
    if what < 0.25:
        del above[key]
    elif what < 0.75:
        above[key] = deepcopy(chance.choice(STRANGE))
    elif isinstance(above, dict):
        above[chance.choice(FIELDS)] = deepcopy(above[key])
    else:
        above.append(deepcopy(above[key]))
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a value where something else could stand."""
    found: list[tuple[Any, Any]] = []
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inside:
        found += [(value, key), *_places(below)]
    return found


def _spoilt(written: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(written) + 1)
    what = chance.random()
    if what < 0.4:
        return written[:place] + chance.choice(BYTES) + written[place:]
    if what < 0.7:
        return written[:place] + written[place + chance.randint(1, 20) :]
    if what < 0.8:
        return written[:place]
    return written + written[:place]
