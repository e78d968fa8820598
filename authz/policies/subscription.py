"""Subscription: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "subscription",
    "Subscription",
    [
        Action("manage", "manage the subscription", guards=("practice_owner",)),
    ],
)
