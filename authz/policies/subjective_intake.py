"""Subjective intake: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import AUTHOR, PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "subjective_intake",
    "Subjective intake",
    [
        Action("read", "read"),
        Action("create", "record"),
        Action("edit", "change"),
    ],
    [AUTHOR, PATIENT],
    owned_by=("author",),
    delegable=("read", "create", "edit"),
)
