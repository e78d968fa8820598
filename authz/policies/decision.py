"""Decisions of this service: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import OWNER
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "decision",
    "Decisions of this service",
    [
        Action("ask", "ask what a subject may do"),
    ],
    [OWNER],
    owned_by=("owner",),
)
