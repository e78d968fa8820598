"""Structured logs: one JSON object a line, an event's name and its facts as fields."""

from __future__ import annotations

import io
import logging
import sys
from datetime import UTC, datetime
from select import POLLOUT, poll
from typing import Any, Final, TextIO

import orjson

from authz.counting import counts

_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time, level, logger, event, then whatever stood in `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; a fact that is no JSON value is written as its text."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _OWN}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def takes_a_line(descriptor: int) -> bool:
    """Whether a line can be written there without waiting: a pipe that is full takes none until somebody reads it.

    Of writers that ask at the same moment, one may find the last room taken by another, and wait after all.
    """
    asked = poll()
    asked.register(descriptor, POLLOUT)
    return bool(asked.poll(0))


class Unhurried(logging.StreamHandler[Any]):
    """Leaves out lines that the stream does not take at once: whoever collects the log must not stop the answers."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the record, or nothing."""
        try:
            takes = takes_a_line(self.stream.fileno())
        except (OSError, ValueError, io.UnsupportedOperation):
            takes = True  # kept in memory, or closed, which is told as ever
        if takes:
            super().emit(record)
        else:
            counts().left_out(1)


def log_to(stream: TextIO = sys.stderr, level: str = "INFO") -> None:
    """From now on the logs of `authz` go to `stream` as JSON lines, and nowhere else; no line is waited with."""
    handler = Unhurried(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("authz")
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False
