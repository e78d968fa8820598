"""/v1/practices/{practice}/resources: what is stored of resources, for decisions to go by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import marshmallow as ma
from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.documented import REVISION, TEXT, an_object
from authz.api.families import Family
from authz.api.fields import OBJECT_WORDS, Body, Few, Plain, Text
from authz.api.outcomes import WRITTEN, written
from authz.api.paging import PageQuery, cursor_at, page_of, place_of
from authz.api.paths import PRACTICE, RESOURCE_ID, RESOURCE_TYPE
from authz.api.rights import need
from authz.api.terms import NeededBody
from authz.core.errors import FieldError, Invalid, NotFound
from authz.core.names import Practice
from authz.core.registry import Entry
from authz.managing import Terms
from authz.managing.registry import MOST_AT_ONCE
from authz.policies.registering import entry, storable

family = Family("registry", "What is stored of resources, which questions then need not say")
_RESOURCES: Final = "/v1/practices/<practice>/resources"
_ONE: Final = f"{_RESOURCES}/<type>/<id>"
_NAMES: Final = [PRACTICE, RESOURCE_TYPE, RESOURCE_ID]
_VALUE: Final = {"type": ["string", "boolean"]}
_TOO_MANY: Final = f"must not be more than {MOST_AT_ONCE} at once"
_ENTRY: Final[dict[str, object]] = {
    "type": TEXT,
    "id": TEXT,
    "attributes": {"type": "object", "additionalProperties": {"type": "string"}},
}
_SEVERAL: Final = {"changed": {"type": "integer", "minimum": 0}, **WRITTEN}


class Value(ma.fields.Field[str | bool]):
    """What an attribute can be."""

    default_error_messages = {"null": "must not be null", "invalid": "must be a string, true or false"}  # noqa: RUF012  # the library's

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | bool:
        if not isinstance(value, str | bool):
            raise self.make_error("invalid")
        return value


def _attributes(**more: Any) -> ma.fields.Dict:
    told = {"example": {"author": "user:lee", "state": "draft"}, "additionalProperties": _VALUE}
    return ma.fields.Dict(keys=Text(), values=Value(), error_messages=OBJECT_WORDS, metadata=told, **more)


class NameBody(Body):
    """A resource, or a subject whose `type` is `user` or `service`."""

    type = Plain(required=True, metadata={"example": "chart_note"})
    id = Plain(required=True, metadata={"example": "n1"})


class EntryBody(NameBody):
    """A resource and all that is to be stored of it."""

    attributes = _attributes(load_default=dict)


class StoredBody(NeededBody):
    """All that is to be stored of a resource."""

    attributes = _attributes(required=True)


class SeveralBody(NeededBody):
    """Resources to be stored and to be forgotten, all of it or nothing, a thousand in all at the most."""

    resources = Few(ma.fields.Nested(EntryBody), MOST_AT_ONCE, _TOO_MANY, load_default=list)
    remove = Few(ma.fields.Nested(NameBody), MOST_AT_ONCE, _TOO_MANY, load_default=list)


@family.endpoint(
    "GET",
    f"{_RESOURCES}/<type>",
    an_object({**page_of(an_object(_ENTRY)), "revision": REVISION}),
    (403, 404),
    query=PageQuery,
    names=[PRACTICE, RESOURCE_TYPE],
)
def list_resources(query: dict[str, Any], practice: Practice, type: str) -> Response:
    """Lists the registered resources of a type, in order of their ids"""
    need(practice, "resource_registry", "read")
    if storable(type) is None:
        raise NotFound("resource type", type)
    revision, limit = services().store.revision(practice), query["limit"]
    found = services().store.entries(practice, type, place_of(query.get("cursor")), limit + 1)[1]
    following = cursor_at(found[limit - 1].id) if len(found) > limit else None
    body = {"items": [_shown(one) for one in found[:limit]], "next": following, "revision": revision}
    return answer(body, revision=revision)


@family.write("PUT", _RESOURCES, an_object(_SEVERAL), body=SeveralBody, names=[PRACTICE])
def put_resources(by: Terms, body: dict[str, Any], practice: Practice) -> Response:
    """Stores and forgets many resources at once"""
    if len(body["resources"]) + len(body["remove"]) > MOST_AT_ONCE:
        raise Invalid([FieldError("resources", _TOO_MANY)])
    gone = [(one["type"], one["id"]) for one in body["remove"]]
    outcome = services().registry.put(by, practice, _read(body["resources"]), gone)
    return written(outcome, {"changed": outcome.answer}, dry_run=by.dry_run)


@family.endpoint("GET", _ONE, an_object({**_ENTRY, "revision": REVISION}), (403, 404), names=_NAMES)
def get_resource(practice: Practice, type: str, id: str) -> Response:
    """Shows what is stored of a resource"""
    need(practice, "resource_registry", "read")
    revision = services().store.revision(practice)
    found = services().store.registered(practice, [(type, id)])[1].get((type, id))
    if found is None:
        raise NotFound("resource", f"{type}:{id}")
    return answer({**_shown(Entry(type, id, found)), "revision": revision}, revision=revision)


@family.write("PUT", _ONE, an_object({**_ENTRY, **WRITTEN}), body=StoredBody, names=_NAMES)
def put_resource(by: Terms, body: dict[str, Any], practice: Practice, type: str, id: str) -> Response:
    """Stores exactly this of a resource, in the place of what was stored before"""
    stored = entry(type, id, body["attributes"])
    return written(services().registry.put(by, practice, [stored]), _shown(stored), dry_run=by.dry_run)


@family.write("DELETE", _ONE, an_object({"type": TEXT, "id": TEXT, **WRITTEN}), names=_NAMES)
def delete_resource(by: Terms, _: dict[str, Any], practice: Practice, type: str, id: str) -> Response:
    """Forgets a resource; what questions state of it still counts"""
    outcome = services().registry.put(by, practice, (), [(type, id)])
    if not outcome.answer:
        raise NotFound("resource", f"{type}:{id}")
    return written(outcome, {"type": type, "id": id}, dry_run=by.dry_run)


def _read(given: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """The entries that a body states; raises Invalid naming every bad field of all of them."""
    found: list[Entry] = []
    errors: list[FieldError] = []
    for index, one in enumerate(given):
        try:
            found.append(entry(one["type"], one["id"], one["attributes"], f"resources.{index}."))
        except Invalid as error:
            errors += error.errors
    if errors:
        raise Invalid(errors)
    return found


def _shown(one: Entry) -> dict[str, object]:
    return {"type": one.type, "id": one.id, "attributes": dict(sorted(one.attributes.items()))}
