"""Appointments: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import OWNER, PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "appointment",
    "Appointments",
    [
        Action("read", "read"),
        Action("create", "make"),
        Action("update", "move or change"),
        Action("cancel", "cancel"),
    ],
    [OWNER, PATIENT],
    delegable=("read", "create", "update", "cancel"),
)
