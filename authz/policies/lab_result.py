"""Laboratory results: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "lab_result",
    "Laboratory results",
    [
        Action("read", "read"),
    ],
    [PATIENT],
    delegable=("read",),
)
