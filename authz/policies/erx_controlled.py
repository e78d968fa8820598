"""Prescriptions of controlled substances: signed and sent by the named prescriber alone (21 CFR 1311.135)."""

from __future__ import annotations

from authz.policies.attributes import NAMED_PRESCRIBER, PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "erx_controlled",
    "Prescriptions of controlled substances",
    [
        Action("prepare", "write a prescription for its prescriber"),
        Action("sign", "sign", guards=("named_prescriber", "second_factor", "practitioner")),
        Action("send", "send to a pharmacy", guards=("named_prescriber", "second_factor", "practitioner")),
    ],
    [PATIENT, NAMED_PRESCRIBER],
)
