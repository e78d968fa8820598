"""POST /v1/check and /v1/check/batch: may this subject do this?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response

from authz.api.answers import answer, decided, decided_all
from authz.api.auth import caller, services
from authz.api.documented import BATCH_ANSWER, CHECK_ANSWER
from authz.api.families import Family
from authz.api.noting import note
from authz.api.questions import BatchBody, CheckBody, read_batch, read_check
from authz.api.rights import need_to_ask
from authz.core.decision import Decision, Request
from authz.managing.emergencies import decided_in_emergencies

family = Family("decisions", "May this subject do this?")


@family.endpoint("POST", "/v1/check", CHECK_ANSWER, (403, 404), body=CheckBody)
def check(body: dict[str, Any]) -> Response:
    """Decides one question

    A denial is an answer, with status 200 and `allowed` false. An answer without `allowed` is no decision.
    """
    request = read_check(body)
    need_to_ask(request.practice, [request.subject])
    decision = services().checker.check(request, body.get("at_least_revision"))
    record_emergencies([(request, decision)])
    note("check", request.practice, decision.revision, [request], [decision])
    return answer(decided(decision, age_ms=_age()))


@family.endpoint("POST", "/v1/check/batch", BATCH_ANSWER, (403, 404), body=BatchBody)
def check_batch(body: dict[str, Any]) -> Response:
    """Decides up to a thousand questions about one practice

    All are decided at one revision and answered in the order asked. One bad check makes the whole request 422.
    """
    requests = read_batch(body)
    practice = body["practice"]
    need_to_ask(practice, (request.subject for request in requests))
    revision, decisions = services().checker.check_all(practice, requests, body.get("at_least_revision"))
    record_emergencies(zip(requests, decisions, strict=True))
    note("batch", practice, revision, requests, decisions)
    return answer(decided_all(revision, decisions, age_ms=_age()))


def _age() -> int | None:
    """The views read the revision for every question; only the lane in front of them ever answers from before."""
    return 0 if services().settings.max_staleness else None


def record_emergencies(answers: Iterable[tuple[Request, Decision]]) -> None:
    """Puts every yes of an emergency into the record.

    INVARIANT: a yes through emergency access leaves only after it stands in the audit log.
    """
    given = [*answers]
    if events := decided_in_emergencies(caller().actor, given):
        services().store.record(given[0][0].practice, events)
