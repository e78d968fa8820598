"""What the decision log keeps of an answer, and the line that becomes of it: names and ids, and nothing else.

INVARIANT: no attribute, no context and no words of anybody's stand in a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from typing import Final, NamedTuple

import orjson

from authz.core.decision import Decision, Obligation, Reason, Request
from authz.core.names import Practice, Subject

_NOTHING: Final = '"subject":null,"action":null,"resource_type":null,"resource_id":null'


class Asker(NamedTuple):
    """By which door a request came, its id, whose it was, and by which credential."""

    door: str
    request_id: str
    caller: Subject
    via: str


class Answered(NamedTuple):
    """What a caller was told of one question, None where it means nothing here; without a reason if unreadable."""

    request: Request | None
    allowed: bool
    reason: Reason | None
    obligations: tuple[Obligation, ...] = ()


class Searched(NamedTuple):
    """A search or a list, and how many it found; names are None where they were what was sought, or mean nothing."""

    practice: Practice
    revision: int
    subject: Subject | None
    action: str | None
    resource_type: str | None
    resource_id: str | None
    found: int


class Writer:
    """Writes lines, each with its end and in ASCII, so that it has as many bytes as characters; safe for threads.

    `at` is a moment in seconds.
    """

    def __init__(self, *, every: bool) -> None:
        """Of decisions all, or denials and emergencies alone."""
        self._every = every
        self._second = (-1, "")

    def decided(
        self, at: float, asker: Asker, practice: Practice, revision: int, answers: Iterable[tuple[Request, Decision]]
    ) -> list[str]:
        """The lines of answers that are decisions as they are, of which one and the same often answers many."""
        head, tail = self._head(at, practice), _tail(asker, revision)
        rest: dict[int, str] = {}
        lines = []
        for (_, subject, action, (type, name, _), _), decision in answers:
            number = id(decision)
            told = rest.get(number)
            if told is None:
                wanted = self._every or not decision.allowed or decision.reason is Reason.EMERGENCY
                how = _decided(decision.allowed, decision.reason, decision.obligations)
                told = rest[number] = f",{how},{tail}" if wanted else ""
            if told:
                lines.append(f"{head}{_named(subject, action, type, name)}{told}")
        return lines

    def told(
        self, at: float, asker: Asker, practice: Practice, revision: int, answers: Iterable[Answered]
    ) -> list[str]:
        """The lines of answers that callers were told otherwise than they were decided, or may have been."""
        head, tail = self._head(at, practice), _tail(asker, revision)
        return [
            f"{head}{_asked(one.request)},{_decided(one.allowed, one.reason, one.obligations)},{tail}"
            for one in answers
            if self._every or not one.allowed or one.reason is Reason.EMERGENCY
        ]

    def searched(self, at: float, asker: Asker, searched: Searched) -> str:
        """The line of a search."""
        return f"{self._head(at, searched.practice)}{_sought(searched)},{_tail(asker, searched.revision)}"

    def _head(self, at: float, practice: Practice) -> str:
        return f'{{"at":"{self._moment(at)}","practice":"{practice.id}",'

    def _moment(self, at: float) -> str:
        whole = int(at)
        second, date = self._second
        if second != whole:
            date = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            self._second = (whole, date)
        return f"{date}.{int((at - whole) * 1_000_000):06}Z"


def _tail(asker: Asker, revision: int) -> str:
    door, request_id, caller, via = asker
    return (
        f'"revision":{revision},"caller":"{caller.kind}:{caller.id}","via":{_text(via)},'
        f'"request_id":{_text(request_id)},"door":"{door}"}}\n'
    )


def _asked(request: Request | None) -> str:
    if request is None:
        return _NOTHING
    return _named(request.subject, request.action, request.resource.type, request.resource.id)


def _named(subject: Subject, action: str, type: str, id: str) -> str:
    told = _text(id) if id else "null"
    return f'"subject":"{subject.kind}:{subject.id}","action":"{action}","resource_type":"{type}","resource_id":{told}'


def _sought(entry: Searched) -> str:
    names = {
        "subject": None if entry.subject is None else str(entry.subject),
        "action": entry.action,
        "resource_type": entry.resource_type,
        "resource_id": entry.resource_id,
        "found": entry.found,
    }
    return json.dumps(names, separators=(",", ":"))[1:-1]


def _decided(allowed: bool, reason: Reason | None, obligations: tuple[Obligation, ...]) -> str:
    # A reason is formatted as the text that it is; its hash and its value are made in Python each time.
    code = "null" if reason is None else f'"{reason}"'
    line = f'"decision":{"true" if allowed else "false"},"reason":{code}'
    if obligations:
        line += f',"obligations":{orjson.dumps([one.type for one in obligations]).decode()}'
    return line


def _text(text: str) -> str:
    return encode_basestring_ascii(text)
