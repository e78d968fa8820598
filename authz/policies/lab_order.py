"""Laboratory orders: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import AUTHOR, NOTE_STATE, OWNER, PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "lab_order",
    "Laboratory orders",
    [
        Action("prepare", "prepare an order for a provider"),
        Action("create", "order"),
        Action("sign", "sign one's own order", guards=("own", "provider")),
    ],
    [AUTHOR, OWNER, PATIENT, NOTE_STATE],
    owned_by=("author", "owner"),
    delegable=("prepare",),
)
