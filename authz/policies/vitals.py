"""Vital signs: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import AUTHOR, OWNER, PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "vitals",
    "Vital signs",
    [
        Action("read", "read"),
        Action("create", "record"),
        Action("edit", "correct"),
    ],
    [AUTHOR, OWNER, PATIENT],
    owned_by=("author", "owner"),
    delegable=("read", "create", "edit"),
)
