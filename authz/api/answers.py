"""Answers that are no failure: JSON whose bytes depend on its content alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import orjson
from flask import Response

from authz.core.decision import Decision


def answer(body: Mapping[str, object], status: int = 200, *, revision: int | None = None) -> Response:
    """`body` as JSON; equal bodies are equal bytes. `revision` is for the `If-Match` of a later write."""
    response = Response(orjson.dumps(body), status, content_type="application/json")
    if revision is not None:
        response.headers["ETag"] = f'"{revision}"'
    return response


def decided(decision: Decision, *, with_revision: bool = True) -> dict[str, object]:
    """A decision as the contract writes it; what is empty is left out."""
    body: dict[str, object] = {"allowed": decision.allowed, "reason": decision.reason.value}
    if with_revision:
        body["revision"] = decision.revision
    if decision.obligations:
        body["obligations"] = [{"type": o.type, **o.details} for o in decision.obligations]
    if decision.detail:
        body["detail"] = decision.detail
    return body


def moment(at: datetime | None) -> str | None:
    """A moment in UTC, `Z` at its end."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
