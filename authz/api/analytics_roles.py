"""/v1/practices/{practice}/analytics-roles: named sets of reports."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.documented import REVISION, TEXT, an_object, list_of
from authz.api.entered import Entered, Line, RoleName
from authz.api.families import Family
from authz.api.fields import NAME_PATTERN, Few
from authz.api.outcomes import WRITTEN, written
from authz.api.paging import PageQuery, page, page_of
from authz.api.paths import PRACTICE, ROLE
from authz.api.rights import need
from authz.api.roles import own_role
from authz.api.terms import NeededBody
from authz.core.changes import PracticeRole
from authz.core.names import Practice
from authz.managing import Outcome, Terms
from authz.managing.roles import MOST_PERMISSIONS, TOO_MANY, known_report
from authz.policies.conditions import REPORT_PREFIX

family = Family("analytics_roles", "Analytics roles: named sets of reports, of which a person has none, all, or one")
_ROLES: Final = "/v1/practices/<practice>/analytics-roles"
_NAMES: Final = [PRACTICE, ROLE]
_ROLE: Final[dict[str, object]] = {"id": TEXT, "name": TEXT, "reports": list_of(TEXT)}


class AnalyticsRoleBody(NeededBody):
    """What an analytics role is to be."""

    name = Line(required=True, metadata={"example": "Accountant"})
    reports = Few(
        Entered(known_report),
        MOST_PERMISSIONS,
        TOO_MANY,
        required=True,
        metadata={"example": ["fin.daily_deposits", "fin.sales_tax"]},
    )


class NewAnalyticsRoleBody(AnalyticsRoleBody):
    """An analytics role to be made."""

    id = RoleName(required=True, metadata={"pattern": NAME_PATTERN, "example": "accountant"})


@family.endpoint(
    "GET",
    _ROLES,
    an_object({**page_of(an_object(_ROLE)), "revision": REVISION}),
    (403, 404),
    query=PageQuery,
    names=[PRACTICE],
)
def list_analytics_roles(query: dict[str, Any], practice: Practice) -> Response:
    """Lists the practice's analytics roles"""
    need(practice, "analytics_role", "read")
    revision = services().store.revision(practice)
    found = [role for role in services().store.roles(practice) if role.kind == "analytics"]
    return answer({**page(found, query, lambda role: role.id, _shown), "revision": revision}, revision=revision)


@family.write("POST", _ROLES, an_object({**_ROLE, **WRITTEN}), status=201, body=NewAnalyticsRoleBody, names=[PRACTICE])
def make_analytics_role(by: Terms, body: dict[str, Any], practice: Practice) -> Response:
    """Makes an analytics role"""
    roles = services().roles
    return _written(
        roles.put_analytics_role(by, practice, body["id"], body["name"], body["reports"], new=True), by, 201
    )


@family.endpoint("GET", f"{_ROLES}/<role>", an_object({**_ROLE, "revision": REVISION}), (403, 404), names=_NAMES)
def get_analytics_role(practice: Practice, role: str) -> Response:
    """Shows an analytics role"""
    need(practice, "analytics_role", "read")
    revision = services().store.revision(practice)
    return answer({**_shown(own_role(practice, "analytics", role)), "revision": revision}, revision=revision)


@family.write("PUT", f"{_ROLES}/<role>", an_object({**_ROLE, **WRITTEN}), body=AnalyticsRoleBody, names=_NAMES)
def put_analytics_role(by: Terms, body: dict[str, Any], practice: Practice, role: str) -> Response:
    """Makes an analytics role what is given; its holders see that with their next check"""
    return _written(services().roles.put_analytics_role(by, practice, role, body["name"], body["reports"]), by)


@family.write("DELETE", f"{_ROLES}/<role>", an_object({"id": TEXT, **WRITTEN}), names=_NAMES)
def delete_analytics_role(by: Terms, _: dict[str, Any], practice: Practice, role: str) -> Response:
    """Removes an analytics role that nobody has"""
    return written(services().roles.remove(by, practice, "analytics", role), {"id": role}, dry_run=by.dry_run)


def _written(outcome: Outcome, by: Terms, status: int = 200) -> Response:
    role = outcome.answer
    assert isinstance(role, PracticeRole)  # noqa: S101  # what the use case answers with
    return written(outcome, _shown(role), dry_run=by.dry_run, status=status)


def _shown(role: PracticeRole) -> dict[str, object]:
    named = (name for rule in role.rules for name in rule.conditions if name.startswith(REPORT_PREFIX))
    reports = dict.fromkeys(name.removeprefix(REPORT_PREFIX) for name in named)
    return {"id": role.id, "name": role.name, "reports": [*reports]}
