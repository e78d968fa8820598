"""GET, POST and DELETE /v1/keys: the credentials of those who call."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response

from authz.api.answers import answer, moment
from authz.api.auth import caller, services
from authz.api.documented import KEY_CREATED, KEY_PAGE, KEY_REVOKED
from authz.api.families import Family, named
from authz.api.fields import (
    NAME_PATTERN,
    PRACTICE_PATTERN,
    SUBJECT_PATTERN,
    Body,
    Counted,
    Moment,
    PracticeName,
    SubjectName,
    Text,
)
from authz.api.rights import need_in_installation
from authz.core.changes import ApiKey
from authz.core.errors import NotFound
from authz.core.names import INSTALLATION, BadName, role_name
from authz.managing.entries import LONGEST

MOST_KEYS = 1000
family = Family("keys", "API keys; a token is shown once and never again")


class KeyBody(Body):
    """A key to be made."""

    subject = SubjectName(required=True, metadata={"pattern": SUBJECT_PATTERN, "example": "service:charting"})
    label = Text(required=True, metadata={"minLength": 1, "maxLength": LONGEST, "example": "charting, room 3"})
    practice = PracticeName(
        metadata={"pattern": PRACTICE_PATTERN, "description": "the only practice that the key opens"}
    )
    expires_at = Moment(metadata={"description": "from then on the key opens nothing"})


class PageQuery(Body):
    """Which part of a list is wanted."""

    limit = Counted(MOST_KEYS, load_default=100)
    cursor = Text(metadata={"description": "the `next` of the page before"})

    @ma.validates("cursor")
    def _cursor(self, cursor: str, data_key: str) -> None:
        try:
            role_name(cursor)
        except BadName as error:
            raise ma.ValidationError("must be the `next` of the page before") from error


@family.endpoint("GET", "/v1/keys", KEY_PAGE, (403,), query=PageQuery)
def list_keys(query: dict[str, Any]) -> Response:
    """Lists the keys, without their tokens"""
    need_in_installation("key", "list")
    limit = query["limit"]
    found = services().store.keys(query.get("cursor", ""), limit + 1)
    following = found[limit - 1].id if len(found) > limit else None
    return answer({"items": [_shown(key) for key in found[:limit]], "next": following})


@family.endpoint("POST", "/v1/keys", KEY_CREATED, (403, 404, 409), status=201, body=KeyBody)
def create_key(body: dict[str, Any]) -> Response:
    """Issues a key

    The answer holds the token; it is stored nowhere and cannot be shown again.
    """
    need_in_installation("key", "create")
    key, token = services().keys.create(
        caller().actor, body["subject"], body["label"], practice=body.get("practice"), expires_at=body.get("expires_at")
    )
    return answer({**_shown(key), "token": token, "revision": services().store.revision(INSTALLATION)}, 201)


@family.endpoint("DELETE", "/v1/keys/<id>", KEY_REVOKED, (403, 404), names=[named("id", NAME_PATTERN, "k1")])
def revoke_key(id: str) -> Response:
    """Ends a key, at once and for good"""
    need_in_installation("key", "revoke")
    try:
        role_name(id)
    except BadName as error:
        raise NotFound("key", id) from error
    revision = services().keys.revoke(caller().actor, id)
    return answer({"id": id, "revision": revision})


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
