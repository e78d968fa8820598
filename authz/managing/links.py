"""Who may be named a co-signer or supervisor of whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from authz.core.applied import applied
from authz.core.changes import PutMembership
from authz.core.errors import FieldError
from authz.core.names import Subject
from authz.core.people import Membership
from authz.core.policy import Snapshot
from authz.policies.in_force import active
from authz.policies.relations import PRACTITIONER


def against(before: Snapshot, after: Snapshot, now: datetime) -> list[FieldError]:
    """What is wrong with the links that are in `after` and were not in `before`.

    Both name another active practitioner of the practice, and co-signing goes in no circle.
    """
    wrong: list[FieldError] = []
    for user, member in after.memberships.items():
        known = before.memberships.get(user)
        if member.cosigner is not None and (known is None or known.cosigner != member.cosigner):
            wrong += _against_cosigning(after, user, member.cosigner, now)
        if member.supervisor is not None and (known is None or known.supervisor != member.supervisor):
            wrong += _against(after, "supervisor", user, member.supervisor, now)
    return wrong


def against_naming(snapshot: Snapshot, becomes: Membership, now: datetime) -> list[FieldError]:
    """What would be wrong with the links of this membership, where they are not there already."""
    return against(snapshot, applied(snapshot, [PutMembership(becomes)]), now)


def _against_cosigning(snapshot: Snapshot, author: Subject, cosigner: Subject, now: datetime) -> list[FieldError]:
    wrong = _against(snapshot, "cosigner", author, cosigner, now)
    if not wrong and author in _cosigners_from(snapshot, cosigner):
        already = f"`{author}` co-signs for `{cosigner}` already, directly or through others"
        return [FieldError("cosigner", already)]
    return wrong


def _against(snapshot: Snapshot, field: str, author: Subject, other: Subject, now: datetime) -> list[FieldError]:
    if other == author:
        return [FieldError(field, "must be someone else")]
    fitting = other in snapshot.memberships and active(snapshot, other)
    if not fitting or not holds_role(snapshot, other, PRACTITIONER, now):
        return [FieldError(field, f"`{other}` is no active practitioner of this practice")]
    return []


def holds_role(snapshot: Snapshot, user: Subject, role: str, now: datetime) -> bool:
    """Whether the person, if active, holds the role now."""
    return any(g.subject == user and g.role == role and g.in_force(now) for g in snapshot.grants)


def _cosigners_from(snapshot: Snapshot, first: Subject) -> Iterator[Subject]:
    seen: set[Subject] = set()
    member = snapshot.memberships.get(first)
    while member is not None and member.cosigner is not None and member.cosigner not in seen:
        seen.add(member.cosigner)
        yield member.cosigner
        member = snapshot.memberships.get(member.cosigner)
