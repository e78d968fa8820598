"""Which rules and roles of a snapshot count at a moment: expiry, leaving and defaults are settled here."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from authz.core.names import INSTALLATION, Subject
from authz.core.policy import Grant, RowsInForce, Snapshot
from authz.policies.switches import FULL_LEVEL, LEVEL_PREFIX

MEMBER: Final = "member"
PRESCRIBER: Final = "prescriber"


def rows_in_force(snapshot: Snapshot, now: datetime) -> RowsInForce:
    """The rows that decide at `now`.

    Active members hold `member` without being given it. A grant counts until it expires, for active people
    only, and one made in the practice only while the person is a member here. Who has no eRx level
    and is no prescriber holds level `full` where the practice leaves a blank level at that; the level's
    rules still ask for enablement. A damaged snapshot has no rules at all.
    """
    roles: dict[Subject, set[str]] = {user: {MEMBER} for user in snapshot.memberships if active(snapshot, user)}
    members = frozenset(roles)
    ends = [grant.expires_at for grant in snapshot.grants if grant.expires_at is not None]
    for grant in snapshot.grants:
        if grant.in_force(now) and (grant.subject in members or _counts(snapshot, grant)):
            roles.setdefault(grant.subject, set()).add(grant.role)
    by_default = frozenset(
        user
        for user in snapshot.memberships
        if snapshot.settings.blank_erx_level == FULL_LEVEL
        and user in roles
        and PRESCRIBER not in roles[user]
        and not any(role.startswith(LEVEL_PREFIX) for role in roles[user])
    )
    for user in by_default:
        roles[user].add(f"{LEVEL_PREFIX}{FULL_LEVEL}")
    return RowsInForce(
        practice=snapshot.practice,
        revision=snapshot.revision,
        rules=() if snapshot.damaged else snapshot.rules,
        roles={subject: frozenset(held) for subject, held in roles.items()},
        by_default=by_default,
        since=max((end for end in ends if end <= now), default=None),
        until=min((end for end in ends if end > now), default=None),
    )


def active(snapshot: Snapshot, subject: Subject) -> bool:
    """Whether the subject may hold roles here: not let go, neither here nor altogether. Services always may."""
    person, membership = snapshot.people.get(subject), snapshot.memberships.get(subject)
    if subject.kind == "service":
        return True
    return person is not None and person.active and (membership is None or membership.active)


def _counts(snapshot: Snapshot, grant: Grant) -> bool:
    if not active(snapshot, grant.subject):
        return False
    if grant.subject.kind == "service" or grant.practice == INSTALLATION:
        return True
    return grant.subject in snapshot.memberships
