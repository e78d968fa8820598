"""GET, POST and DELETE /v1/keys: the credentials of those who call."""

from __future__ import annotations

from typing import Any

from flask import Response

from authz.api.answers import answer, moment
from authz.api.auth import services
from authz.api.documented import KEY, KEY_PAGE, TEXT, an_object
from authz.api.entered import Later, Line
from authz.api.families import Family
from authz.api.fields import (
    PRACTICE_PATTERN,
    SUBJECT_PATTERN,
    PracticeName,
    SubjectName,
)
from authz.api.outcomes import WRITTEN, written
from authz.api.paging import PageQuery, cursor_at, place_of
from authz.api.paths import KEY_ID
from authz.api.rights import need_in_installation
from authz.api.terms import NeededBody
from authz.core.changes import ApiKey
from authz.core.names import INSTALLATION
from authz.managing import Terms
from authz.managing.entries import LONGEST

KEY_CREATED = an_object({**KEY, **WRITTEN}, {"token": TEXT})
KEY_REVOKED = an_object({"id": TEXT, **WRITTEN})
family = Family("keys", "API keys; a token is shown once and never again")


class KeyBody(NeededBody):
    """A key to be made."""

    subject = SubjectName(required=True, metadata={"pattern": SUBJECT_PATTERN, "example": "service:charting"})
    label = Line(required=True, metadata={"minLength": 1, "maxLength": LONGEST, "example": "charting, room 3"})
    practice = PracticeName(
        metadata={"pattern": PRACTICE_PATTERN, "description": "the only practice that the key opens"}
    )
    expires_at = Later(metadata={"description": "from then on the key opens nothing"})


@family.endpoint("GET", "/v1/keys", KEY_PAGE, (403,), query=PageQuery)
def list_keys(query: dict[str, Any]) -> Response:
    """Lists the keys, without their tokens"""
    need_in_installation("key", "list")
    revision, limit = services().store.revision(INSTALLATION), query["limit"]
    found = services().store.keys(place_of(query.get("cursor")), limit + 1)
    following = cursor_at(found[limit - 1].id) if len(found) > limit else None
    body = {"items": [_shown(key) for key in found[:limit]], "next": following, "revision": revision}
    return answer(body, revision=revision)


@family.write("POST", "/v1/keys", KEY_CREATED, status=201, body=KeyBody)
def create_key(by: Terms, body: dict[str, Any]) -> Response:
    """Issues a key

    The answer holds the token; it is stored nowhere and cannot be shown again.
    """
    outcome, token = services().keys.create(
        by, body["subject"], body["label"], practice=body.get("practice"), expires_at=body.get("expires_at")
    )
    shown = _shown(_key(outcome.answer))
    return written(outcome, shown if by.dry_run else {**shown, "token": token}, dry_run=by.dry_run, status=201)


@family.write("DELETE", "/v1/keys/<id>", KEY_REVOKED, names=[KEY_ID])
def revoke_key(by: Terms, _: dict[str, Any], id: str) -> Response:
    """Ends a key, at once and for good"""
    return written(services().keys.revoke(by, id), {"id": id}, dry_run=by.dry_run)


def _key(answered: object) -> ApiKey:
    assert isinstance(answered, ApiKey)  # noqa: S101  # what the use case answers with
    return answered


def _shown(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "subject": str(key.subject),
        "label": key.label,
        "practice": None if key.practice is None else key.practice.id,
        "created_by": key.created_by,
        "created_at": moment(key.created_at),
        "expires_at": moment(key.expires_at),
        "revoked_at": moment(key.revoked_at),
    }
