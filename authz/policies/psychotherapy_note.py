"""Psychotherapy notes: their author's alone (45 CFR 164.508(a)(2))."""

from __future__ import annotations

from authz.policies.attributes import AUTHOR, COSIGN, NOTE_STATE, PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "psychotherapy_note",
    "Psychotherapy notes",
    [
        Action("read", "read one's own note", guards=("own", "provider")),
        Action("create", "begin a note of one's own", guards=("own", "provider", "confirmed_seat")),
        Action("edit", "change one's own note", guards=("own", "provider")),
        Action("sign", "sign one's own note", guards=("own", "provider", "confirmed_seat")),
        Action("export", "hand a note out; no role may", never=True),
    ],
    [AUTHOR, PATIENT, NOTE_STATE, COSIGN],
    owned_by=("author",),
)
