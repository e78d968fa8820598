"""What the decision log keeps of an answer, and the line that becomes of it: names and ids, and nothing else.

INVARIANT: no attribute, no context and no words of anybody's stand in a line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from typing import Final, NamedTuple

import orjson

from authz.core.decision import Decision, Obligation, Reason, Request
from authz.core.names import Practice, Subject

_NOTHING: Final = '"subject":null,"action":null,"resource_type":null,"resource_id":null'
_CODES: Final = {reason: f'"{reason.value}"' for reason in Reason}


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


class Noted(NamedTuple):
    """The answer to a request, at a moment in seconds: decisions told as they are, or what `told` makes of them."""

    at: float
    asker: Asker
    practice: Practice
    revision: int
    requests: Sequence[Request]
    decisions: Sequence[Decision]
    told: Callable[[], Iterable[Answered]] | None

    def answers(self) -> Iterable[Answered]:
        """Each answer that was told, in order."""
        if self.told is not None:
            return self.told()
        pairs = zip(self.requests, self.decisions, strict=True)
        return (Answered(request, d.allowed, d.reason, d.obligations) for request, d in pairs)


class Searched(NamedTuple):
    """A search or a list, and how many it found; names are None where they were what was sought, or mean nothing."""

    at: float
    asker: Asker
    practice: Practice
    revision: int
    subject: Subject | None
    action: str | None
    resource_type: str | None
    resource_id: str | None
    found: int


class Writer:
    """Writes lines; knows what second it is."""

    def __init__(self, *, every: bool) -> None:
        """Of decisions all, or denials and emergencies alone."""
        self._every = every
        self._second, self._date = -1, ""

    def lines(self, entry: Noted | Searched) -> Iterator[str]:
        """The lines of an entry, each with its end."""
        asker = entry.asker
        head = f'{{"at":"{self._moment(entry.at)}","practice":"{entry.practice.id}",'
        tail = (
            f'"revision":{entry.revision},"caller":"{asker.caller}","via":{_text(asker.via)},'
            f'"request_id":{_text(asker.request_id)},"door":"{asker.door}"}}\n'
        )
        if isinstance(entry, Searched):
            names = {
                "subject": None if entry.subject is None else str(entry.subject),
                "action": entry.action,
                "resource_type": entry.resource_type,
                "resource_id": entry.resource_id,
                "found": entry.found,
            }
            yield f"{head}{json.dumps(names, separators=(',', ':'))[1:-1]},{tail}"
            return
        for request, allowed, reason, obligations in entry.answers():
            if self._every or not allowed or reason is Reason.EMERGENCY:
                yield f"{head}{_asked(request)},{_decided(allowed, reason, obligations)},{tail}"

    def _moment(self, at: float) -> str:
        second = int(at)
        if second != self._second:
            self._second, self._date = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._date}.{int((at - second) * 1_000_000):06d}Z"


def _asked(request: Request | None) -> str:
    if request is None:
        return _NOTHING
    _, subject, action, resource, _ = request
    id = _text(resource.id) if resource.id else "null"
    return (
        f'"subject":"{subject.kind}:{subject.id}","action":"{action}",'
        f'"resource_type":"{resource.type}","resource_id":{id}'
    )


def _decided(allowed: bool, reason: Reason | None, obligations: tuple[Obligation, ...]) -> str:
    line = f'"decision":{"true" if allowed else "false"},"reason":{_CODES[reason] if reason else "null"}'
    if obligations:
        line += f',"obligations":{orjson.dumps([one.type for one in obligations]).decode()}'
    return line


def _text(text: str) -> str:
    # ASCII alone, so that a line has as many bytes as characters.
    return encode_basestring_ascii(text)
