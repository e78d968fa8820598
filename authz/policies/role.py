"""Practice roles: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import ASSIGNEE
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "role",
    "Practice roles",
    [
        Action("read", "read"),
        Action("create", "make a role of the practice's own"),
        Action("update", "change"),
        Action("delete", "remove"),
        Action("assign", "give to someone else", guards=("someone_else",)),
    ],
    [ASSIGNEE],
    concerns="assignee",
)
