"""/v1/practices/{practice}/roles and /analytics-roles: the roles that a practice defines for itself."""

from __future__ import annotations

from typing import Any, Final

import marshmallow as ma
from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.documented import REVISION, TEXT, an_object, list_of
from authz.api.entered import Line, RoleName, settle
from authz.api.families import Family
from authz.api.fields import NAME_PATTERN, Body, Few, Text
from authz.api.outcomes import WRITTEN, written
from authz.api.paging import PageQuery, page, page_of
from authz.api.paths import PRACTICE, ROLE
from authz.api.rights import need
from authz.api.terms import NeededBody
from authz.core.changes import PracticeRole
from authz.core.errors import NotFound
from authz.core.names import Practice
from authz.managing import Outcome, Terms, Wish
from authz.managing.roles import MOST_PERMISSIONS, TOO_MANY, permission

family = Family("roles", "Roles that a practice makes of permissions the vocabulary marks as delegable")
_ROLES: Final = "/v1/practices/<practice>/roles"
_NAMES: Final = [PRACTICE, ROLE]
_PERMISSION: Final = an_object({"resource": TEXT, "action": TEXT, "condition": TEXT})
_ROLE: Final[dict[str, object]] = {"id": TEXT, "name": TEXT, "permissions": list_of(_PERMISSION)}


class PermissionBody(Body):
    """One permission of a role."""

    resource = Text(required=True, metadata={"example": "claim"})
    action = Text(required=True, metadata={"example": "edit"})
    condition = Text(load_default="always", metadata={"example": "claim_open"})

    @ma.validates_schema
    def _may_be_delegated(self, data: dict[str, Any], **_: Any) -> None:
        settle(lambda entries: permission(entries, "", Wish(**data)))


class RoleBody(NeededBody):
    """What a role is to be."""

    name = Line(required=True, metadata={"example": "Front desk lead"})
    permissions = Few(ma.fields.Nested(PermissionBody), MOST_PERMISSIONS, TOO_MANY, required=True)


class NewRoleBody(RoleBody):
    """A role to be made."""

    id = RoleName(required=True, metadata={"pattern": NAME_PATTERN, "example": "front-desk-lead"})


@family.endpoint(
    "GET",
    _ROLES,
    an_object({**page_of(an_object(_ROLE)), "revision": REVISION}),
    (403, 404),
    query=PageQuery,
    names=[PRACTICE],
)
def list_roles(query: dict[str, Any], practice: Practice) -> Response:
    """Lists the practice's own roles"""
    need(practice, "role", "read")
    revision = services().store.revision(practice)
    found = [role for role in services().store.roles(practice) if role.kind == "role"]
    return answer({**page(found, query, lambda role: role.id, _shown), "revision": revision}, revision=revision)


@family.write("POST", _ROLES, an_object({**_ROLE, **WRITTEN}), status=201, body=NewRoleBody, names=[PRACTICE])
def make_role(by: Terms, body: dict[str, Any], practice: Practice) -> Response:
    """Makes a role"""
    outcome = services().roles.put_role(by, practice, body["id"], body["name"], _wishes(body), new=True)
    return _written(outcome, by, 201)


@family.endpoint("GET", f"{_ROLES}/<role>", an_object({**_ROLE, "revision": REVISION}), (403, 404), names=_NAMES)
def get_role(practice: Practice, role: str) -> Response:
    """Shows a role"""
    need(practice, "role", "read")
    revision = services().store.revision(practice)
    return answer({**_shown(own_role(practice, "role", role)), "revision": revision}, revision=revision)


@family.write("PUT", f"{_ROLES}/<role>", an_object({**_ROLE, **WRITTEN}), body=RoleBody, names=_NAMES)
def put_role(by: Terms, body: dict[str, Any], practice: Practice, role: str) -> Response:
    """Makes a role what is given; its holders may that with their next check"""
    return _written(services().roles.put_role(by, practice, role, body["name"], _wishes(body)), by)


@family.write("DELETE", f"{_ROLES}/<role>", an_object({"id": TEXT, **WRITTEN}), names=_NAMES)
def delete_role(by: Terms, _: dict[str, Any], practice: Practice, role: str) -> Response:
    """Removes a role that nobody holds"""
    return written(services().roles.remove(by, practice, "role", role), {"id": role}, dry_run=by.dry_run)


def own_role(practice: Practice, kind: str, id: str) -> PracticeRole:
    """The practice's own role of this id and kind; NotFound if there is none."""
    found = next((r for r in services().store.roles(practice) if (r.id, r.kind) == (id, kind)), None)
    if found is None:
        raise NotFound("role", id)
    return found


def _wishes(body: dict[str, Any]) -> list[Wish]:
    return [Wish(one["resource"], one["action"], one["condition"]) for one in body["permissions"]]


def _written(outcome: Outcome, by: Terms, status: int = 200) -> Response:
    role = outcome.answer
    assert isinstance(role, PracticeRole)  # noqa: S101  # what the use case answers with
    return written(outcome, _shown(role), dry_run=by.dry_run, status=status)


def _shown(role: PracticeRole) -> dict[str, object]:
    permissions = [{"resource": r.resource, "action": r.action, "condition": r.when} for r in role.rules]
    return {"id": role.id, "name": role.name, "permissions": permissions}
