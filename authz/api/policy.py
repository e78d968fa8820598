"""GET /v1/practices/{practice}/policy: the rows by which everything here is decided, in Casbin's own format."""

from __future__ import annotations

from typing import Final

from flask import Response

from authz.api.auth import services
from authz.api.families import Family
from authz.api.paths import PRACTICE
from authz.api.rights import need
from authz.core.names import Practice
from authz.reviewing.casbin_rows import as_casbin

family = Family("policy", "The policy in force, row by row")
_MEDIA: Final = "text/csv"
_SHOWN: Final = ("role", "analytics_role", "grant")


@family.endpoint(
    "GET",
    "/v1/practices/<practice>/policy",
    {"type": "string", "description": "rules as `p`, held roles as `g`, as `model.conf` defines them"},
    (403, 404),
    names=[PRACTICE],
    media=_MEDIA,
)
def policy(practice: Practice) -> Response:
    """The rules and held roles in force, as Casbin reads them

    Whatever has ended, was let go or waits is not among them; what every member holds is. `ETag` is the revision.
    For whoever may read the roles and grants of the practice.
    """
    for resource in _SHOWN:
        need(practice, resource, "read")
    held = services().checker.held(practice)
    response = Response(as_casbin(held.rows()), content_type=f"{_MEDIA}; charset=utf-8; header=absent")
    response.headers["Content-Disposition"] = f'attachment; filename="policy-{practice}.csv"'
    response.headers["ETag"] = f'"{held.revision}"'
    return response
