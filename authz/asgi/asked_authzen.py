"""AuthZEN's evaluations as the lane takes them: what `authz.api.authzen` makes of them, without Flask around it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import orjson

from authz.api.authzen import answers, shapes
from authz.api.authzen.meaning import Meant, meant
from authz.asgi.asked import SLICE, Asked, json_object
from authz.core.decision import Decision
from authz.core.errors import AuthzError
from authz.core.names import Practice
from authz.core.people import PracticeSettings
from authz.decision_log.lines import Answered

_NO, _YES = b'{"decision":false}', b'{"decision":true}'
_DOUBTS: Final = (AuthzError, ValueError, RecursionError)


def read_evaluation(practice: Practice, body: bytes) -> Asked | None:
    """The question of a body of `POST .../access/v1/evaluation`."""
    try:
        return _one(practice, shapes.evaluation(json_object(body)))
    except _DOUBTS:
        return None


def read_evaluations(practice: Practice, body: bytes) -> Asked | None:
    """The questions of a body of `POST .../access/v1/evaluations`, if they are not too many for one go."""
    try:
        value = json_object(body)
        listed = value.get("evaluations")
        if isinstance(listed, list) and len(listed) > SLICE:
            return None
        asked = shapes.evaluations(value)
    except _DOUBTS:
        return None
    return _one(practice, asked) if isinstance(asked, shapes.Evaluation) else _many(practice, asked)


def _one(practice: Practice, asked: shapes.Evaluation) -> Asked | None:
    found = meant(practice, asked)
    if found.request is None:
        return None

    def written(_: int, decisions: Sequence[Decision], __: int | None, settings: PracticeSettings) -> bytes:
        if found.explain or settings.explain or found.doubtful:
            return orjson.dumps(answers.answered(found, decisions[0], settings))
        return _YES if answers.permits(decisions[0], explain=False) else _NO

    def noted(decisions: Sequence[Decision], settings: PracticeSettings) -> Iterable[Answered]:
        return answers.noted((found,), decisions, settings, shapes.EXECUTE_ALL)

    return Asked(practice, (found.request,), 0, None, written, None, noted, not found.doubtful)


def _many(practice: Practice, asked: shapes.Evaluations) -> Asked | None:
    found = [item if isinstance(item, AuthzError) else meant(practice, item) for item in asked.items]
    requests = [one.request for one in found if isinstance(one, Meant) and one.request is not None]
    if not requests:
        return None

    def written(_: int, decisions: Sequence[Decision], __: int | None, settings: PracticeSettings) -> bytes:
        return orjson.dumps({"evaluations": answers.in_order(found, decisions, settings, asked.semantic)[0]})

    def noted(decisions: Sequence[Decision], settings: PracticeSettings) -> Iterable[Answered]:
        return answers.noted(found, decisions, settings, asked.semantic)

    certain = len(requests) == len(found) and not any(isinstance(one, Meant) and one.doubtful for one in found)
    return Asked(practice, requests, 0, None, written, None, noted, certain)
