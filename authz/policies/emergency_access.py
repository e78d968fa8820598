"""Emergency access: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import OWNER, PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "emergency_access",
    "Emergency access",
    [
        Action("invoke", "break the glass for one patient", guards=("patient_named", "reason_given")),
        Action("read", "see which emergencies there were"),
        Action("end", "end it before its time"),
        Action("review", "review what someone else did in an emergency", guards=("someone_else",)),
    ],
    [OWNER, PATIENT],
    concerns="owner",
)
