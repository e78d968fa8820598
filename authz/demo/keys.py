"""The demo callers' keys and the file they are kept in, so that a second run hands out the same ones."""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from authz.bootstrap import Services
from authz.core.errors import NotAuthenticated
from authz.core.names import Subject
from authz.demo.cast import KEY_HOLDERS
from authz.managing import Terms


def issue(service: Services, by: Terms, file: Path) -> dict[str, str]:
    """One working token for each demo caller: those in `file` that still work, new ones for the rest.

    Afterwards the file holds exactly these and only its owner may read it.
    """
    kept = _read(file)
    tokens = {holder: kept[holder] for holder in KEY_HOLDERS if _works(service, holder, kept.get(holder))}
    for holder in KEY_HOLDERS:
        if holder not in tokens:
            tokens[holder] = service.keys.create(by, Subject.parse(holder), label="demo")[1]
    in_order = {holder: tokens[holder] for holder in KEY_HOLDERS}
    if in_order != kept or file.stat().st_mode & 0o077:
        _write(file, in_order)
    return in_order


def _works(service: Services, holder: str, token: str | None) -> bool:
    if token is None:
        return False
    try:
        return str(service.keys.verify(token).subject) == holder
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
