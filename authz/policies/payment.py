"""Payments: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "payment",
    "Payments",
    [
        Action("take", "take a payment"),
        Action("refund", "give a payment back"),
        Action("void", "undo a payment"),
    ],
    [PATIENT],
    delegable=("take", "refund", "void"),
)
