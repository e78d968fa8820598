"""Export of the whole practice: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "practice_export",
    "Export of the whole practice",
    [
        Action("run", "export everything", guards=("practice_owner",)),
    ],
)
