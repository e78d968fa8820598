"""What the routes tell the decision log of their answers; what was refused is no decision and is not told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import g

from authz.api.auth import caller, services
from authz.core.decision import Decision, Request
from authz.core.names import Practice, Subject
from authz.decision_log.lines import Answered, Asker, Searched


def note(
    door: str,
    practice: Practice,
    revision: int,
    requests: Sequence[Request],
    decisions: Sequence[Decision],
    told: Iterable[Answered] | None = None,
) -> None:
    """Counts the answers to the present request, and takes note of them; of what `told` says they were, if given."""
    services().counts.decided(decisions)
    log = services().decision_log
    if log.wants(decisions, certain=told is None):
        log.note(_asker(door), practice, revision, requests, decisions, told)


def note_search(
    door: str,
    practice: Practice,
    revision: int,
    found: int,
    *,
    subject: Subject | None = None,
    action: str | None = None,
    resource: tuple[str | None, str | None] = (None, None),
    by_emergency: bool = False,
) -> None:
    """Takes note of a search or a list by its names and how much it found: one line, whatever was looked at."""
    searched = Searched(practice, revision, subject, action, *resource, found)
    services().decision_log.searched(_asker(door), searched, by_emergency=by_emergency)


def _asker(door: str) -> Asker:
    who = caller()
    return Asker(door, g.request_id, who.subject, who.via)
