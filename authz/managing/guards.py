"""What no change may do to a practice: leave it without owner or admin, or link people wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from authz.core.errors import Conflict, Invalid, NotFound
from authz.core.names import Subject
from authz.core.people import Membership
from authz.core.policy import Snapshot
from authz.policies.in_force import active
from authz.policies.relations import ADMIN, PRACTITIONER


def membership_of(snapshot: Snapshot, user: Subject) -> Membership:
    """The person's membership here, active or not; NotFound if there is none."""
    found = snapshot.memberships.get(user)
    if found is None:
        raise NotFound("user", user.id)
    return found


def holds_role(snapshot: Snapshot, user: Subject, role: str, now: datetime) -> bool:
    """Whether the person, if active, holds the role now."""
    return any(g.subject == user and g.role == role and g.in_force(now) for g in snapshot.grants)


def lasting_admins(snapshot: Snapshot) -> set[Subject]:
    """Active members who are admins without an end."""
    return {
        grant.subject
        for grant in snapshot.grants
        if grant.role == ADMIN
        and grant.expires_at is None
        and grant.subject in snapshot.memberships
        and active(snapshot, grant.subject)
    }


def keep_an_admin(snapshot: Snapshot, leaving: Subject) -> None:
    """Raises Conflict if the practice's owner or its last admin would no longer be an active admin."""
    if snapshot.settings.owner == leaving:
        raise Conflict("owner", f"`{leaving}` owns the practice; hand it over first")
    if lasting_admins(snapshot) == {leaving}:
        raise Conflict("last_admin", f"`{leaving}` is the last active admin of the practice")


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


def _cosigners_from(snapshot: Snapshot, first: Subject) -> Iterator[Subject]:
    seen: set[Subject] = set()
    member = snapshot.memberships.get(first)
    while member is not None and member.cosigner is not None and member.cosigner not in seen:
        seen.add(member.cosigner)
        yield member.cosigner
        member = snapshot.memberships.get(member.cosigner)
