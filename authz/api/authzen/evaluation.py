"""POST /practices/{practice}/access/v1/evaluation and .../evaluations: may this subject do this?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import Response, request

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.authzen import answers, shapes
from authz.api.authzen.family import DECISION, ENTITY, NAMED, OBJECT, AuthzenFamily
from authz.api.authzen.meaning import Meant, meant
from authz.api.bodies import read_object
from authz.api.decisions import record_emergencies
from authz.api.documented import an_object, list_of
from authz.api.noting import note
from authz.api.rights import need_to_ask
from authz.core.errors import Unreadable
from authz.core.names import Practice, Subject

family = AuthzenFamily("authzen", "AuthZEN 1.0: each practice is a policy decision point of its own")
_NOBODY: Final = Subject("service", "unknown")
_PARTS: Final = {"subject": ENTITY, "action": NAMED, "resource": ENTITY, "context": OBJECT}
_EVALUATION: Final = {"type": "object", "required": ["subject", "action", "resource"], "properties": _PARTS}
_OPTIONS: Final = {"type": "object", "properties": {"evaluations_semantic": {"enum": [*shapes.SEMANTICS]}}}
_LISTED: Final = {"type": "array", "maxItems": shapes.MOST_EVALUATIONS, "items": OBJECT}
_EVALUATIONS: Final = {
    "type": "object",
    "properties": {**dict.fromkeys(_PARTS, OBJECT), "options": _OPTIONS, "evaluations": _LISTED},
}


@family.asked("/access/v1/evaluation", _EVALUATION, DECISION)
def evaluate(practice: Practice) -> Response:
    """Decides one question as AuthZEN puts it

    A denial is an answer, with status 200. `context.explain: true` asks for reasons and obligations; without it a yes
    that demands something is a no.
    """
    return answer(_decided("evaluation", practice, [_question(practice, shapes.evaluation(_body()))])[0])


@family.asked(
    "/access/v1/evaluations", _EVALUATIONS, {"oneOf": [DECISION, an_object({"evaluations": list_of(DECISION)})]}
)
def evaluate_many(practice: Practice) -> Response:
    """Decides up to a thousand questions as AuthZEN puts them

    All are decided at one revision. A question that cannot be read is a no; without questions in `evaluations` the
    body is itself the one question.
    """
    asked = shapes.evaluations(_body())
    if isinstance(asked, shapes.Evaluation):
        return answer(_decided("evaluations", practice, [_question(practice, asked)])[0])
    questions = [item if isinstance(item, Unreadable) else _question(practice, item) for item in asked.items]
    return answer({"evaluations": _decided("evaluations", practice, questions, asked.semantic)})


def _body() -> dict[str, object]:
    return read_object(request, services().settings.max_body_bytes)


def _question(practice: Practice, asked: shapes.Evaluation) -> Meant:
    return meant(practice, asked)


def _decided(
    door: str, practice: Practice, asked: Sequence[Meant | Unreadable], semantic: str = shapes.EXECUTE_ALL
) -> list[dict[str, Any]]:
    """The answers in order, cut where the semantic ends them; whoever may not ask gets none."""
    read = [one for one in asked if isinstance(one, Meant)]
    requests = [one.request for one in read if one.request is not None]
    # Where nothing is left to decide it still has to be somebody about whom the caller may ask.
    about = [one.subject for one in requests] or [one.subject for one in read if one.subject is not None]
    need_to_ask(practice, about or [_NOBODY])
    checker = services().checker
    revision, decisions = checker.check_all(practice, requests)
    settings = checker.held(practice).scene.settings
    found, permitted = answers.in_order(asked, decisions, settings, semantic)
    record_emergencies(permitted)
    note(door, practice, revision, requests, decisions, answers.noted(asked, decisions, settings, semantic))
    return found
