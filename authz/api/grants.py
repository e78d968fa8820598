"""GET /v1/practices/{practice}/grants, PUT and DELETE .../grants/{role}/{subject}: who holds which role."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from flask import Response

from authz.api.answers import answer, moment
from authz.api.auth import services
from authz.api.documented import MOMENT, REVISION, TEXT, an_object
from authz.api.entered import Later
from authz.api.families import Family
from authz.api.fields import Plain, SubjectName
from authz.api.outcomes import WRITTEN, written
from authz.api.paging import PageQuery, page, page_of
from authz.api.paths import PRACTICE, ROLE, SUBJECT
from authz.api.rights import need
from authz.api.terms import WriteBody
from authz.core.names import Practice, Subject
from authz.core.policy import Grant
from authz.managing import Terms, filters

family = Family("grants", "Grants: who holds which role, since when, from whom, and until when")
_GRANTS: Final = "/v1/practices/<practice>/grants"
_GRANT: Final = f"{_GRANTS}/<role>/<subject>"
_SHOWN: Final[dict[str, object]] = {
    "subject": TEXT,
    "role": TEXT,
    "granted_by": TEXT,
    "granted_at": MOMENT,
    "expires_at": MOMENT,
    "in_force": {"type": "boolean"},
}


class GrantsQuery(PageQuery):
    """Which grants are wanted."""

    subject = SubjectName(metadata={"example": "user:lee"})
    role = Plain(metadata={"example": "practitioner"})


class GrantBody(WriteBody):
    """How long a grant lasts."""

    expires_at = Later(allow_none=True, metadata={"description": "it ends at this very second; never, if left out"})


@family.endpoint(
    "GET",
    _GRANTS,
    an_object({**page_of(an_object(_SHOWN)), "revision": REVISION}),
    (403, 404),
    query=GrantsQuery,
    names=[PRACTICE],
)
def list_grants(query: dict[str, Any], practice: Practice) -> Response:
    """Lists the practice's grants, expired ones included

    A role that there is not, and a person who never was a member, is 422: an empty list would hide a slip of the pen.
    """
    need(practice, "grant", "read")
    snapshot, now = services().store.snapshot(practice), services().now()
    own = [role.id for role in services().store.roles(practice)]
    filters.grants_wanted(snapshot, own, query.get("subject"), query.get("role")).settle()
    found = [
        grant
        for grant in snapshot.grants
        if grant.practice == practice
        and query.get("subject", grant.subject) == grant.subject
        and query.get("role", grant.role) == grant.role
    ]
    listed = page(sorted(found, key=_place), query, _place, lambda grant: _shown(grant, now))
    return answer({**listed, "revision": snapshot.revision}, revision=snapshot.revision)


@family.write("PUT", _GRANT, an_object({**_SHOWN, **WRITTEN}), body=GrantBody, names=[PRACTICE, ROLE, SUBJECT])
def put_grant(by: Terms, body: dict[str, Any], practice: Practice, role: str, subject: Subject) -> Response:
    """Gives a role, or changes until when it is held"""
    outcome = services().grants.grant(by, practice, subject, role, body.get("expires_at"))
    grant = outcome.answer
    assert isinstance(grant, Grant)  # noqa: S101  # what the use case answers with
    return written(outcome, _shown(grant, services().now()), dry_run=by.dry_run)


@family.write("DELETE", _GRANT, an_object({"subject": TEXT, "role": TEXT, **WRITTEN}), names=[PRACTICE, ROLE, SUBJECT])
def delete_grant(by: Terms, _: dict[str, Any], practice: Practice, role: str, subject: Subject) -> Response:
    """Takes a role away; if it was not held, nothing happens

    A role that there is not is 422: whoever misspells one must not think that it is taken away.
    """
    outcome = services().grants.revoke(by, practice, subject, role)
    return written(outcome, {"subject": str(subject), "role": role}, dry_run=by.dry_run)


def _place(grant: Grant) -> str:
    return f"{grant.subject} {grant.role}"


def _shown(grant: Grant, now: datetime) -> dict[str, object]:
    return {
        "subject": str(grant.subject),
        "role": grant.role,
        "granted_by": grant.granted_by,
        "granted_at": moment(grant.granted_at),
        "expires_at": moment(grant.expires_at),
        "in_force": grant.in_force(now),
    }
