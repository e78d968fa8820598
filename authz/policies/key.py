"""API keys: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "key",
    "API keys",
    [
        Action("list", "see which keys there are"),
        Action("create", "issue a key"),
        Action("revoke", "end a key"),
    ],
)
