"""Checkpoints as lines to print or to send elsewhere, and read back from where they were kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import BinaryIO, Final

from authz.core.errors import Unreadable
from authz.core.moments import told
from authz.core.names import INSTALLATION, BadName, Practice
from authz.core.record import Checkpoint

PREFIX: Final = "sha256:"
LONGEST: Final = 1 << 25
MOST: Final = 100_000
HEAD_PATTERN: Final = f"(?:{PREFIX})?[0-9a-f]{{64}}"
_HEAD: Final = re.compile(HEAD_PATTERN)
_SEQ: Final = re.compile("0|[1-9][0-9]{0,14}")


def facts_of(checkpoint: Checkpoint) -> dict[str, object]:
    """A checkpoint as a program reads it."""
    return {
        "practice": checkpoint.practice.id,
        "seq": checkpoint.seq,
        "head": f"{PREFIX}{checkpoint.head}",
        "at": told(checkpoint.at) if checkpoint.at else None,
    }


def line_of(checkpoint: Checkpoint) -> str:
    """A checkpoint as one line of JSON."""
    return json.dumps({"checkpoint": facts_of(checkpoint)}, separators=(",", ":"))


def words_of(checkpoint: Checkpoint) -> str:
    """A checkpoint as one line for people: practice, number of the last event, its hash, its moment."""
    return " ".join(str(of or "-") for of in facts_of(checkpoint).values())


def head_of(text: str) -> str:
    """The hash that a text tells, with or without `sha256:` in front; raises ValueError for a text that tells none."""
    if not _HEAD.fullmatch(text):
        raise ValueError(text)
    return text.removeprefix(PREFIX)


def moment_of(text: object) -> datetime | None:
    """The moment that a text tells; None for a text that tells none."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None


def read_checkpoints(file: BinaryIO, name: str) -> list[Checkpoint]:
    """The checkpoints of a file, in either form, one a line; events beside them, as in an export, are passed over.

    Never holds more than a line. Raises Unreadable, naming the line, for what is neither.
    """
    found: list[Checkpoint] = []
    for number, line in _lines(file, name):
        try:
            facts = _facts(line)
            if facts is None:
                continue
            found.append(_checkpoint(facts))
        except (ValueError, TypeError, KeyError, RecursionError, BadName) as error:
            raise Unreadable(f"line {number} of `{name}` is no checkpoint") from error
        if len(found) > MOST:
            raise Unreadable(f"`{name}` holds more than {MOST} checkpoints")
    return found


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(iter(lambda: file.readline(LONGEST + 1), b""), start=1):
        if len(line) > LONGEST or not line.isascii():
            raise Unreadable(f"line {number} of `{name}` is {'no text' if len(line) <= LONGEST else 'too long'}")
        if line.strip():
            yield number, line.decode("ascii").strip()


def _facts(line: str) -> Mapping[str, object] | None:
    if not line.startswith("{"):
        practice, seq, head, *at = line.split()
        return {"practice": practice, "seq": _number(seq), "head": head, "at": "".join(at)}
    read = json.loads(line)
    if "checkpoint" not in read and {"seq", "hash", "previous_hash"} <= read.keys():
        return None
    facts = read["checkpoint"]
    if not isinstance(facts, dict):
        raise TypeError(facts)
    return facts


def _number(text: str) -> int:
    if not _SEQ.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _checkpoint(facts: Mapping[str, object]) -> Checkpoint:
    practice, head, at = str(facts["practice"]), head_of(str(facts["head"])), facts.get("at")
    if type(facts["seq"]) is not int:
        raise ValueError(facts)
    return Checkpoint(
        INSTALLATION if practice == INSTALLATION.id else Practice.parse(practice),
        _number(str(facts["seq"])),
        head,
        moment_of(at),
    )
