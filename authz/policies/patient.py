"""Patients' demographics: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "patient",
    "Patients' demographics",
    [
        Action("read", "read"),
        Action("create", "add"),
        Action("update", "change"),
        Action("delete", "put aside; can be restored"),
        Action("merge", "merge two records of one patient"),
        Action("restore", "bring back"),
    ],
    [PATIENT],
    delegable=("read", "create", "update", "delete", "merge", "restore"),
)
