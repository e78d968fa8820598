"""Who may be named a co-signer or supervisor of whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from authz.core.applied import applied
from authz.core.changes import PutMembership
from authz.core.errors import FieldError
from authz.core.names import Subject
from authz.core.people import Membership
from authz.core.policy import Snapshot
from authz.policies.in_force import active
from authz.policies.relations import PRACTITIONER

_WORDS: Final = {"cosigner": "co-signs for", "supervisor": "supervises"}


def against(before: Snapshot, after: Snapshot, now: datetime) -> list[FieldError]:
    """What is wrong with the links that are in `after` and were not in `before`.

    Both name another active practitioner of the practice, and neither goes in a circle.
    """
    wrong: list[FieldError] = []
    for user, member in after.memberships.items():
        known = before.memberships.get(user)
        for field in _WORDS:
            named = _named(member, field)
            if named is not None and (known is None or _named(known, field) != named):
                wrong += _against(after, field, user, named, now)
    return wrong


def against_naming(snapshot: Snapshot, becomes: Membership, now: datetime) -> list[FieldError]:
    """What would be wrong with the links of this membership, where they are not there already."""
    return against(snapshot, applied(snapshot, [PutMembership(becomes)]), now)


def _against(snapshot: Snapshot, field: str, author: Subject, other: Subject, now: datetime) -> list[FieldError]:
    if other == author:
        return [FieldError(field, "must be someone else")]
    fitting = other in snapshot.memberships and active(snapshot, other)
    if not fitting or not holds_role(snapshot, other, PRACTITIONER, now):
        return [FieldError(field, f"`{other}` is no active practitioner of this practice")]
    if author in _followed(snapshot, field, other):
        return [FieldError(field, f"`{author}` {_WORDS[field]} `{other}` already, directly or through others")]
    return []


def holds_role(snapshot: Snapshot, user: Subject, role: str, now: datetime) -> bool:
    """Whether the person, if active, holds the role now."""
    return any(g.subject == user and g.role == role and g.in_force(now) for g in snapshot.grants)


def _followed(snapshot: Snapshot, field: str, first: Subject) -> Iterator[Subject]:
    """Whom the link of this person names, whom theirs names, and so on."""
    seen: set[Subject] = set()
    member = snapshot.memberships.get(first)
    while member is not None and (named := _named(member, field)) is not None and named not in seen:
        seen.add(named)
        yield named
        member = snapshot.memberships.get(named)


def _named(member: Membership, field: str) -> Subject | None:
    return member.cosigner if field == "cosigner" else member.supervisor
