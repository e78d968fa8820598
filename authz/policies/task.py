"""Tasks: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import ASSIGNEE, COSIGN, OWNER, PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "task",
    "Tasks",
    [
        Action("read", "read"),
        Action("complete", "tick off"),
    ],
    [ASSIGNEE, OWNER, PATIENT, COSIGN],
    owned_by=("assignee",),
    delegable=("read", "complete"),
)
