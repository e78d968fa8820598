"""Insurance claims: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import AUTHOR, OWNER, PATIENT
from authz.policies.vocabulary import Action, Attribute, resource_type

TYPE = resource_type(
    "claim",
    "Insurance claims",
    [
        Action("read", "read"),
        Action("edit", "change", guards=("claim_open",)),
        Action("submit", "send to the insurer", guards=("claim_open",)),
        Action("set_supervisor", "name the supervising physician on it, one per provider"),
    ],
    [
        AUTHOR,
        OWNER,
        PATIENT,
        Attribute("state", "choice", "how far the claim has come", ("draft", "submitted", "paid", "closed")),
    ],
    owned_by=("owner", "author"),
    delegable=("read", "edit", "submit", "set_supervisor"),
)
