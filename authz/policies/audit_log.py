"""Audit log: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "audit_log",
    "Audit log",
    [
        Action("read", "read; the reading is recorded too"),
    ],
)
