"""Ownership of the practice: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "ownership",
    "Ownership of the practice",
    [
        Action("transfer", "hand the practice to someone else", guards=("practice_owner",)),
    ],
)
