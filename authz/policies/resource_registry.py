"""The registry of resources: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "resource_registry",
    "Registry of resources",
    [
        Action("read", "see what is stored for resources"),
        Action("register", "store what holds for a resource, which decisions go by"),
        Action("remove", "forget a resource"),
    ],
)
