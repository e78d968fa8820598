"""Providers' calendars: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import OWNER
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "provider_calendar",
    "Providers' calendars",
    [
        Action("configure", "set hours and rules"),
    ],
    [OWNER],
    owned_by=("owner",),
    delegable=("configure",),
)
