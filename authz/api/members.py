"""A member of a practice as answers show them: in full, or by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from authz.api.documented import TEXT, list_of
from authz.core.decision import Decision
from authz.core.names import Subject
from authz.core.people import REPLY_TO, SEATS, folded
from authz.core.policy import Snapshot
from authz.policies.in_force import active

_BLANK: Final = {"type": ["string", "null"]}
NAMES_ONLY: Final[dict[str, object]] = {"id": TEXT, "name": TEXT, "status": {"enum": ["active", "inactive"]}}
MEMBER: Final[dict[str, object]] = {
    **NAMES_ONLY,
    "guest": {"type": "boolean"},
    "email": {**_BLANK, "description": "null for guests, as are phone and reply_to: their home knows"},
    "phone": _BLANK,
    "aliases": list_of(TEXT),
    "reply_to": {"enum": [*REPLY_TO, None]},
    "seat": {"enum": [*SEATS]},
    "seat_confirmed": {"type": "boolean"},
    "supervisor": _BLANK,
    "cosigner": _BLANK,
    "erx_enabled": {"type": "boolean"},
    "owner": {"type": "boolean"},
}


def names_only(decision: Decision) -> bool:
    """Whether the policy lets the caller see names, and nothing else."""
    return any(obligation.type == "restrict_to" for obligation in decision.obligations)


def by_name(snapshot: Snapshot, user: Subject) -> dict[str, object]:
    """A member by name."""
    return {
        "id": user.id,
        "name": snapshot.people[user].name,
        "status": "active" if active(snapshot, user) else "inactive",
    }


def shown(snapshot: Snapshot, user: Subject) -> dict[str, object]:
    """A member in full. What a guest's home knows of them stays there."""
    person, member = snapshot.people[user], snapshot.memberships[user]
    guest = person.home != snapshot.practice
    return {
        **by_name(snapshot, user),
        "guest": guest,
        "email": None if guest else person.email,
        "phone": None if guest else person.phone,
        "aliases": [] if guest else [*person.aliases],
        "reply_to": None if guest else person.reply_to,
        "seat": member.seat,
        "seat_confirmed": member.seat_confirmed,
        "supervisor": str(member.supervisor) if member.supervisor else None,
        "cosigner": str(member.cosigner) if member.cosigner else None,
        "erx_enabled": member.erx_enabled,
        "owner": snapshot.settings.owner == user,
    }


def matching(snapshot: Snapshot, user: Subject, query: Mapping[str, Any], *, full: bool) -> bool:
    """Whether a member is one of those wanted; nobody is found by what the caller may not see."""
    person, sought = snapshot.people[user], folded(query.get("search", ""))
    seen = [user.id, person.name]
    if full and person.home == snapshot.practice:
        seen += [person.email, *person.aliases]
    status = "active" if active(snapshot, user) else "inactive"
    return query.get("status", status) == status and any(sought in folded(text) for text in seen)
