"""Portal messages: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import OWNER, PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "portal_message",
    "Portal messages",
    [
        Action("read", "read patients' messages"),
        Action("send", "write to patients"),
    ],
    [OWNER, PATIENT],
    delegable=("read", "send"),
)
