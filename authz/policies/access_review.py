"""Access review: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "access_review",
    "Access review",
    [
        Action("read", "see who holds what, since when, from whom, and when it was last used"),
        Action("sign_off", "state that all of it has been looked at"),
    ],
)
