"""Electronic prescriptions: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import NAMED_PRESCRIBER, PATIENT
from authz.policies.vocabulary import Action, Attribute, resource_type

TYPE = resource_type(
    "erx",
    "Electronic prescriptions",
    [
        Action("read", "read"),
        Action("edit_demographics", "change the patient's details"),
        Action("edit_history", "add medical history and allergies"),
        Action("prepare", "write a prescription for a prescriber"),
        Action("sign", "sign a prescription"),
        Action("send", "send a prescription to a pharmacy"),
        Action("administer", "administer prescribing"),
    ],
    [PATIENT, NAMED_PRESCRIBER, Attribute("area", "choice", "what is administered", ("reports", "settings"))],
)
