"""POST /practices/{practice}/access/v1/search/...: who may, on what, and what may be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request

from authz.api.auth import services
from authz.api.authzen import shapes
from authz.api.authzen.candidates import actions_of, resources_of, subjects_of
from authz.api.authzen.family import ENTITY, KIND, NAMED, OBJECT, AuthzenFamily
from authz.api.authzen.looking import Search, in_vain
from authz.api.bodies import read_object
from authz.api.documented import TEXT, an_object, list_of
from authz.core.names import Practice

family = AuthzenFamily("authzen-search", "AuthZEN: who may, on what, and what may be done")
_PAGE: Final = {"type": "object", "properties": {"token": TEXT, "limit": {"type": "integer", "minimum": 0}}}
_PAGED: Final = an_object({"next_token": TEXT, "count": {"type": "integer", "minimum": 0}})


def _query(subject: object, resource: object, action: object | None) -> dict[str, object]:
    parts = {"subject": subject, "resource": resource, **({"action": action} if action else {})}
    return {"type": "object", "required": [*parts], "properties": {**parts, "context": OBJECT, "page": _PAGE}}


def _found(one: Mapping[str, object]) -> dict[str, object]:
    return an_object({"results": list_of(one)}, {"page": _PAGED})


_AN_ENTITY: Final = an_object({"type": TEXT, "id": TEXT})


@family.asked("/access/v1/search/subject", _query(KIND, ENTITY, NAMED), _found(_AN_ENTITY))
def search_subjects(practice: Practice) -> Response:
    """Finds who may do this to that, among those known in the practice"""
    body = _body()
    wanted, action = shapes.entity(body, "subject", with_id=False), shapes.deed(body)
    resource, context = shapes.entity(body, "resource"), shapes.optional_object(body, "context", "context")
    search = Search(
        practice,
        lambda after: subjects_of(practice, wanted.type, after),
        lambda name: shapes.Evaluation(shapes.Entity(wanted.type, name, wanted.properties), action, resource, context),
        lambda name: {"type": wanted.type, "id": name},
    )
    return search.page("subject", body)


@family.asked("/access/v1/search/resource", _query(ENTITY, KIND, NAMED), _found(_AN_ENTITY))
def search_resources(practice: Practice) -> Response:
    """Finds to what this subject may do that, among what is registered and what is kept here anyway

    Reports, users and roles need not be registered. Other resources that are not are not found, though an evaluation
    may permit them.
    """
    body = _body()
    wanted, action = shapes.entity(body, "resource", with_id=False), shapes.deed(body)
    subject, context = shapes.entity(body, "subject"), shapes.optional_object(body, "context", "context")
    search = Search(
        practice,
        lambda after: resources_of(practice, wanted.type, after),
        lambda name: shapes.Evaluation(subject, action, shapes.Entity(wanted.type, name, wanted.properties), context),
        lambda name: {"type": wanted.type, "id": name},
        vain=lambda: in_vain(practice, subject, wanted.type, action.name),
    )
    return search.page("resource", body)


@family.asked("/access/v1/search/action", _query(ENTITY, ENTITY, None), _found(an_object({"name": TEXT})))
def search_actions(practice: Practice) -> Response:
    """Finds what this subject may do to that"""
    body = _body()
    subject, resource = shapes.entity(body, "subject"), shapes.entity(body, "resource")
    context = shapes.optional_object(body, "context", "context")
    search = Search(
        practice,
        lambda after: actions_of(resource.type, after),
        lambda name: shapes.Evaluation(subject, shapes.Deed(name, {}), resource, context),
        lambda name: {"name": name},
        vain=lambda: in_vain(practice, subject, resource.type),
    )
    return search.page("action", body)


def _body() -> dict[str, Any]:
    return read_object(request, services().settings.max_body_bytes)
