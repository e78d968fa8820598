"""Deleted data: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "deleted_data",
    "Deleted data",
    [
        Action("list", "see what was put aside"),
        Action("restore", "bring it back"),
    ],
    delegable=("list", "restore"),
)
