"""Practices: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "practice",
    "Practices",
    [
        Action("list", "see which practices there are"),
        Action("read", "see a practice"),
        Action("create", "open a practice"),
    ],
)
