"""Grants: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import ASSIGNEE
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "grant",
    "Grants",
    [
        Action("read", "see who holds what"),
        Action("create", "give a role", guards=("someone_else",)),
        Action("update", "change until when", guards=("someone_else",)),
        Action("delete", "take a role away", guards=("someone_else",)),
        Action("assign", "give a role", guards=("someone_else",)),
        Action("appoint", "give a role of services or of people above the practices", guards=("someone_else",)),
    ],
    [ASSIGNEE],
    concerns="assignee",
)
