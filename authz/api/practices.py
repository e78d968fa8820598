"""GET and POST /v1/practices, GET and PATCH /v1/practices/{practice}, PUT .../owner: the practices themselves."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.documented import REVISION, TEXT, an_object, list_of
from authz.api.entered import Address, Choice, Line
from authz.api.families import Family
from authz.api.fields import (
    LIST_WORDS,
    NAME_PATTERN,
    OBJECT_WORDS,
    PRACTICE_PATTERN,
    Body,
    Flag,
    PracticeName,
    Text,
    UserName,
)
from authz.api.outcomes import WRITTEN, written
from authz.api.paging import PageQuery, page, page_of
from authz.api.paths import PRACTICE
from authz.api.rights import need, need_in_installation
from authz.api.terms import NeededBody
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import PracticeSettings
from authz.managing import Terms
from authz.policies.switches import BLANK_LEVELS

family = Family("practices", "Practices, what they set for all of their people, and their owners")
_SETTINGS: dict[str, object] = {
    "id": TEXT,
    "name": TEXT,
    "owner": {"type": ["string", "null"]},
    "blank_erx_level": {"enum": [*BLANK_LEVELS]},
    "explain": {"type": "boolean"},
    "supplied": {"type": "object", "additionalProperties": list_of(TEXT)},
}
_PRACTICE = an_object({**_SETTINGS, "revision": REVISION})


class OwnerBody(Body):
    """The first person of a practice."""

    id = UserName(metadata={"pattern": NAME_PATTERN, "description": "made up if it is left out", "example": "omar"})
    email = Address(required=True, metadata={"example": "omar@northside.example"})
    name = Line(required=True, metadata={"example": "Omar Haddad"})


class PracticeBody(NeededBody):
    """A practice to be opened."""

    id = PracticeName(required=True, metadata={"pattern": PRACTICE_PATTERN, "example": "northside"})
    name = Line(required=True, metadata={"example": "Northside Family Medicine"})
    owner = ma.fields.Nested(OwnerBody, required=True, error_messages=OBJECT_WORDS)


class SettingsBody(NeededBody):
    """Settings to be changed; those left out stay."""

    name = Line()
    blank_erx_level = Choice(BLANK_LEVELS, metadata={"description": "what an eRx level left blank means"})
    explain = Flag(metadata={"description": "whether AuthZEN answers tell reasons and obligations unasked"})
    supplied = ma.fields.Dict(
        keys=Text(),
        values=ma.fields.List(Text(), error_messages=LIST_WORDS),
        error_messages=OBJECT_WORDS,
        metadata={
            "description": "by resource type, the attributes that callers may state; for one left out, all but the "
            "subject's. What callers say of others is ignored.",
            "example": {"chart_note": ["state"]},
        },
    )


class NewOwnerBody(NeededBody):
    """Whom the practice passes to."""

    user = UserName(required=True, metadata={"description": "an active admin of the practice", "example": "ana"})


@family.endpoint(
    "GET", "/v1/practices", an_object({**page_of(_PRACTICE), "revision": REVISION}), (403,), query=PageQuery
)
def list_practices(query: dict[str, Any]) -> Response:
    """Lists the practices of the installation, whose own revision is told beside theirs"""
    need_in_installation("practice", "list")
    revision, found = services().store.revision(INSTALLATION), services().store.listed_practices()
    listed = page(found, query, lambda one: one[0].practice.id, lambda one: _shown(*one))
    return answer({**listed, "revision": revision}, revision=revision)


@family.write("POST", "/v1/practices", an_object({**_SETTINGS, **WRITTEN}), status=201, body=PracticeBody)
def open_practice(by: Terms, body: dict[str, Any]) -> Response:
    """Opens a practice with its owner, who is its first admin"""
    owner = body["owner"]
    identity = owner["id"].id if "id" in owner else None
    outcome = services().practices.open(by, body["id"], body["name"], identity, owner["email"], owner["name"])
    return written(outcome, _settings(outcome.after.settings), dry_run=by.dry_run, status=201)


@family.endpoint("GET", "/v1/practices/<practice>", _PRACTICE, (403, 404), names=[PRACTICE])
def get_practice(practice: Practice) -> Response:
    """Shows a practice's settings"""
    need(practice, "settings", "read")
    found = services().store.snapshot(practice)
    return answer(_shown(found.settings, found.revision), revision=found.revision)


@family.write(
    "PATCH", "/v1/practices/<practice>", an_object({**_SETTINGS, **WRITTEN}), body=SettingsBody, names=[PRACTICE]
)
def change_settings(by: Terms, body: dict[str, Any], practice: Practice) -> Response:
    """Changes a practice's settings"""
    wanted = {name: body[name] for name in ("name", "blank_erx_level", "explain", "supplied") if name in body}
    outcome = services().practices.set_up(by, practice, **wanted)
    return written(outcome, _settings(outcome.after.settings), dry_run=by.dry_run)


@family.write(
    "PUT", "/v1/practices/<practice>/owner", an_object({**_SETTINGS, **WRITTEN}), body=NewOwnerBody, names=[PRACTICE]
)
def hand_over(by: Terms, body: dict[str, Any], practice: Practice) -> Response:
    """Hands a practice over to another of its admins

    Only the present owner may.
    """
    owner: Subject = body["user"]
    outcome = services().practices.hand_over(by, practice, owner)
    return written(outcome, _settings(outcome.after.settings), dry_run=by.dry_run)


def _shown(settings: PracticeSettings, revision: int) -> dict[str, object]:
    return {**_settings(settings), "revision": revision}


def _settings(settings: PracticeSettings) -> dict[str, object]:
    return {
        "id": settings.practice.id,
        "name": settings.name,
        "owner": str(settings.owner) if settings.owner else None,
        "blank_erx_level": settings.blank_erx_level,
        "explain": settings.explain,
        "supplied": {type: sorted(names) for type, names in sorted(settings.supplied.items())},
    }
