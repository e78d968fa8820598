"""Practice settings: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "settings",
    "Practice settings",
    [
        Action("read", "read"),
        Action("update", "change"),
    ],
    delegable=("read",),
)
