"""What routing would let pass in addresses: they are taken as they were sent, or there is nothing at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_strange(environ: Mapping[str, Any]) -> bool:
    """Whether the path is one that routing would take for another."""
    path: str = environ["PATH_INFO"]
    # Routing strips what it takes for one slash too many, and takes a slash that is written as `%2F` for one between
    # names: a proxy's rules about paths would be got round.
    written = str(environ.get("RAW_URI", "")).partition("?")[0]
    return path.startswith("//") or "%2f" in written.lower() or not _readable(path)


def _readable(path: str) -> bool:
    """Whether the path is UTF-8; routing puts U+FFFD where it is not, and another thing may be called that."""
    if path.isascii():
        return True
    try:
        path.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True
