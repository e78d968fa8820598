"""Analytics roles: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import ASSIGNEE
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "analytics_role",
    "Analytics roles",
    [
        Action("read", "read"),
        Action("create", "make a named set of reports"),
        Action("update", "change"),
        Action("delete", "remove"),
        Action("assign", "give to someone else", guards=("someone_else",)),
    ],
    [ASSIGNEE],
    concerns="assignee",
)
