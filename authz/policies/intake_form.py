"""Intake forms: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "intake_form",
    "Intake forms",
    [
        Action("review", "review what a patient filled in"),
        Action("collect", "hand out and collect"),
    ],
    [PATIENT],
    delegable=("review", "collect"),
)
