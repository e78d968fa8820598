"""Who may be named a co-signer or supervisor of whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from authz.core.errors import Invalid
from authz.core.names import Subject
from authz.core.policy import Snapshot
from authz.policies.in_force import active
from authz.policies.relations import PRACTITIONER


def may_cosign(snapshot: Snapshot, author: Subject, cosigner: Subject, now: datetime) -> None:
    """Raises Invalid unless `cosigner` is another active practitioner here and the link closes no circle."""
    _another_practitioner(snapshot, "cosigner", author, cosigner, now)
    if author in _cosigners_from(snapshot, cosigner):
        raise Invalid.field("cosigner", f"`{author}` co-signs for `{cosigner}` already, directly or through others")


def may_supervise(snapshot: Snapshot, author: Subject, supervisor: Subject, now: datetime) -> None:
    """Raises Invalid unless `supervisor` is another active practitioner here."""
    _another_practitioner(snapshot, "supervisor", author, supervisor, now)


def _another_practitioner(snapshot: Snapshot, field: str, author: Subject, other: Subject, now: datetime) -> None:
    if other == author:
        raise Invalid.field(field, "must be someone else")
    fitting = other in snapshot.memberships and active(snapshot, other)
    if not fitting or not holds_role(snapshot, other, PRACTITIONER, now):
        raise Invalid.field(field, f"`{other}` is no active practitioner of this practice")


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
