"""The lines of files that people write policy in, read so that no file can do harm: too big, binary, badly encoded."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from authz.core.errors import LineError

MAX_BYTES: Final = 10_000_000
_MARKS: Final = {
    "UTF-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),  # before UTF-16, whose mark one of these begins with
    "UTF-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}


def lines_in(path: Path) -> Iterator[tuple[int, str | LineError]]:
    """Every line that says something with its number from 1, or why it cannot be read; raises OSError.

    Blank lines and comments, which begin with `#`, say nothing. A file that is no text at all
    is told once, and none of its lines are. Never reads more than a byte above `MAX_BYTES`, and never waits for what
    is no file, such as a pipe that nobody writes to.
    """
    if path.exists() and not path.is_file():
        yield 1, LineError(1, "file", "what is there is no file")
        return
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    unfit = _unfit(raw)
    if unfit is not None:
        yield 1, unfit
        return
    if raw.startswith(codecs.BOM_UTF8):
        yield 1, LineError(1, "encoding", "the file begins with a byte order mark; save it as UTF-8 without one")
    for number, line in enumerate(raw.removeprefix(codecs.BOM_UTF8).split(b"\n"), start=1):
        try:
            text = line.decode("utf-8").removesuffix("\r")
        except UnicodeDecodeError:
            yield number, LineError(number, "encoding", "the line is not UTF-8")
            continue
        if text.strip() and not text.startswith("#"):
            yield number, text


def _unfit(raw: bytes) -> LineError | None:
    """Why the whole file is none; None for one that is worth reading line by line."""
    if not 1 <= len(raw) <= MAX_BYTES:
        return LineError(1, "size", f"a policy file has 1 to {MAX_BYTES} bytes")
    for name, marks in _MARKS.items():
        if raw.startswith(marks):
            return LineError(1, "encoding", f"the file is {name}, not UTF-8")
    if raw.count(b"\0") * 10 > len(raw):
        return LineError(1, "encoding", "the file is binary, not text")
    return None
