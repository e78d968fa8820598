"""Answers that are no failure: JSON whose bytes depend on its content alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import orjson
from flask import Response

from authz.core.decision import Decision
from authz.core.moments import told


def answer(body: Mapping[str, object], status: int = 200, *, revision: int | None = None) -> Response:
    """`body` as JSON; equal bodies are equal bytes. `revision` is for the `If-Match` of a later write."""
    response = Response(orjson.dumps(body), status, content_type="application/json")
    if revision is not None:
        response.headers["ETag"] = f'"{revision}"'
    return response


def decided(decision: Decision, *, with_revision: bool = True, age_ms: int | None = None) -> dict[str, object]:
    """A decision as the contract writes it; what is empty is left out.

    `age_ms` is None where answers are never from before the question.
    """
    body: dict[str, object] = {"allowed": decision.allowed, "reason": decision.reason.value}
    if with_revision:
        body["revision"] = decision.revision
    if age_ms is not None:
        body["age_ms"] = age_ms
    if decision.obligations:
        body["obligations"] = [{"type": o.type, **o.details} for o in decision.obligations]
    if decision.detail:
        body["detail"] = decision.detail
    return body


def decided_all(revision: int, decisions: Iterable[Decision], *, age_ms: int | None = None) -> dict[str, object]:
    """The decisions of a batch as the contract writes them."""
    body: dict[str, object] = {"revision": revision}
    if age_ms is not None:
        body["age_ms"] = age_ms
    body["results"] = [decided(decision, with_revision=False) for decision in decisions]
    return body


def moment(at: datetime | None) -> str | None:
    """A moment in UTC, `Z` at its end."""
    return None if at is None else told(at)
