"""The demo callers' keys and the file they are kept in, so that a second run hands out the same ones."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson

from authz.bootstrap import Services
from authz.core.errors import NotAuthenticated
from authz.core.names import Practice, Subject
from authz.demo.cast import KEY_HOLDERS
from authz.managing import Terms

CALLERS: Final[Mapping[str, Practice | None]] = dict.fromkeys(KEY_HOLDERS)


def issue(service: Services, by: Terms, file: Path, holders: Mapping[str, Practice | None] = CALLERS) -> dict[str, str]:
    """One working token for each caller: those in `file` that still work, new ones for the rest.

    `holders` tells the one practice that a caller's key opens, or None for all where the caller is somebody.

    Afterwards the file holds these beside the keys of other callers that were in it, which may be good elsewhere, and
    only its owner may read it.
    """
    kept = _read(file)
    tokens = {h: kept[h] for h, practice in holders.items() if _works(service, h, practice, kept.get(h))}
    if len(tokens) < len(holders):
        _write(file, kept)  # where nothing can be written there must be no keys that nobody knows
    for holder, practice in holders.items():
        if holder not in tokens:
            tokens[holder] = service.keys.create(by, Subject.parse(holder), "demo", practice)[1]
    issued = {holder: tokens[holder] for holder in holders}
    others = {holder: token for holder, token in kept.items() if holder not in issued}
    if {**issued, **others} != kept or not file.exists() or file.stat().st_mode & 0o077:
        _write(file, {**issued, **others})
    return issued


def _works(service: Services, holder: str, practice: Practice | None, token: str | None) -> bool:
    if token is None:
        return False
    try:
        key = service.keys.verify(token)
        return (str(key.subject), key.practice) == (holder, practice)
    except NotAuthenticated:
        return False


def _read(file: Path) -> dict[str, str]:
    """The tokens in the file; none where it is missing or was spoilt."""
    try:
        found = orjson.loads(file.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def _write(file: Path, tokens: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        os.fchmod(opened.fileno(), 0o600)
        opened.write(orjson.dumps(tokens, option=orjson.OPT_INDENT_2) + b"\n")
    aside.replace(file)
