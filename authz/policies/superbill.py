"""Superbills: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import OWNER, PATIENT
from authz.policies.vocabulary import Action, Attribute, resource_type

TYPE = resource_type(
    "superbill",
    "Superbills",
    [
        Action("read", "read"),
        Action("create", "make"),
        Action("update", "change"),
        Action("delete", "put aside; can be restored", guards=("claim_not_submitted",)),
    ],
    [
        OWNER,
        PATIENT,
        Attribute(
            "claim_state", "choice", "the state of the claim on it", ("none", "draft", "submitted", "paid", "closed")
        ),
    ],
    delegable=("read", "create", "update", "delete"),
)
