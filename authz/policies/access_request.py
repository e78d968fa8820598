"""Requests for enablement and paid seats: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import OWNER
from authz.policies.vocabulary import Action, Attribute, resource_type

TYPE = resource_type(
    "access_request",
    "Requests for enablement and paid seats",
    [
        Action("read", "see requests"),
        Action("create", "ask"),
        Action("approve", "approve what someone else asked for", guards=("someone_else",)),
        Action("deny", "refuse a request", guards=("someone_else",)),
    ],
    [OWNER, Attribute("kind", "choice", "what is asked for", ("erx_enablement", "paid_seat"))],
    owned_by=("owner",),
    concerns="owner",
)
