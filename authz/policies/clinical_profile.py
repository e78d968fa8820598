"""Clinical profile: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "clinical_profile",
    "Clinical profile",
    [
        Action("read", "read the sticky note, medications, supplements, allergies"),
        Action("update", "change them"),
    ],
    [PATIENT],
    delegable=("read", "update"),
)
