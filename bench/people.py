"""The people of the practices that are measured, as those need to be told of them who keep none themselves."""

from __future__ import annotations

from authz.core.names import Practice
from bench.practices import ROLES


def roles_of(practice: Practice, subject: str) -> list[str]:
    """The roles that `bench.practices.fill` gives to this member."""
    index = place_of(practice, subject)
    return ["member", *(ROLES if index % 3 == 0 else ROLES[index % 5 : index % 5 + 1])]


def attributes_of(practice: Practice, subject: str) -> dict[str, str | bool]:
    """What conditions ask about this member."""
    index = place_of(practice, subject)
    return {
        "seat": "provider" if index % 3 == 0 else "office",
        "seat_confirmed": True,
        "others_can_edit_my_charts": index % 2 == 0,
    }


def place_of(practice: Practice, subject: str) -> int:
    return int(subject.removeprefix(f"user:{practice.id}.u"))
