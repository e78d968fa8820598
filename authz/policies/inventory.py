"""Inventory: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "inventory",
    "Inventory",
    [
        Action("read", "read"),
        Action("adjust", "correct the stock"),
    ],
    delegable=("read", "adjust"),
)
