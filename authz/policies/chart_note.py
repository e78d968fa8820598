"""Chart notes: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.attributes import AUTHOR, COSIGN, COSIGNED_BY, NOTE_STATE, PATIENT
from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "chart_note",
    "Chart notes",
    [
        Action("list", "see which notes there are", narrows=True),
        Action("read", "read a note"),
        Action("create", "begin a note", guards=("provider", "confirmed_seat")),
        Action("edit", "change a draft", guards=("draft",)),
        Action("delete", "put a draft aside; it can be restored", guards=("draft", "reason_given")),
        Action(
            "sign",
            "sign one's own draft",
            guards=("own", "draft", "provider", "confirmed_seat"),
            obliges=("create_cosign_task",),
        ),
        Action(
            "cosign",
            "add the co-signature that a signed note waits for",
            guards=("cosigner", "signed", "cosign_pending", "provider"),
        ),
        Action("lock", "close a signed note", guards=("signed",)),
        Action("unlock", "open a locked note again", guards=("locked", "reason_given")),
        Action("addend", "add to a finished note; the original stays", guards=("finished",)),
        Action("print", "print a note", guards=("viewable",)),
        Action("export", "hand a note out", guards=("viewable",), obliges=("record_disclosure",)),
    ],
    [AUTHOR, PATIENT, NOTE_STATE, COSIGN, COSIGNED_BY],
    owned_by=("author",),
    delegable=("list", "read", "print", "export"),
)
