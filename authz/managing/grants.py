"""Grants made and ended one by one: a subject holds a role in a practice, or in the whole installation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from authz.core.changes import Actor, Change, Event, PutGrant, RemoveGrant
from authz.core.errors import Invalid
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.policy import Grant, Snapshot
from authz.core.ports import Store
from authz.managing import guards
from authz.managing.entries import Entries
from authz.managing.writing import write
from authz.policies.in_force import MEMBER
from authz.policies.relations import ADMIN
from authz.policies.vocabulary import did_you_mean


class Grants:
    """Use cases about single grants; each returns the new revision. Who may call them is for the doors to decide."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def grant(
        self,
        actor: Actor,
        practice: Practice,
        subject: Subject,
        role: str,
        expires_at: datetime | None = None,
        reason: str = "",
    ) -> int:
        """Gives the role, or changes until when it is held; it ends at `expires_at` to the second.

        Raises Invalid for a role that is neither shipped nor the practice's, for `member`, which nobody is given, and
        for an end that is past; NotFound for a person who is not here.
        """
        now = self._clock()
        own = [defined.id for defined in self._store.roles(practice)]

        def work(snapshot: Snapshot) -> Change | None:
            self._known_subject(snapshot, subject)
            entries = Entries()
            roles = {rule.role for rule in snapshot.rules if rule.practice == INSTALLATION}.union(own) - {MEMBER}
            if role not in roles:
                entries.wrong("role", f"there is no role `{role}` to give{did_you_mean(role, roles)}")
            entries.future("expires_at", expires_at, now)
            entries.settle()
            before = _held(snapshot, subject, role)
            if before is not None and before.expires_at == expires_at:
                return None
            if role == ADMIN and before is not None and expires_at is not None:
                guards.keep_an_admin(snapshot, subject)
            grant = Grant(subject, role, practice, actor.subject, now, expires_at)
            event = Event(actor, "role_granted", str(subject), _fields(before), _fields(grant), reason)
            return Change(practice, (PutGrant(grant),), (event,))

        return write(self._store, practice, work)

    def revoke(self, actor: Actor, practice: Practice, subject: Subject, role: str, reason: str = "") -> int:
        """Ends exactly this grant; if there is none, nothing happens. The owner and the last admin stay admins."""

        def work(snapshot: Snapshot) -> Change | None:
            before = _held(snapshot, subject, role)
            if before is None:
                return None
            if role == ADMIN:
                guards.keep_an_admin(snapshot, subject)
            event = Event(actor, "role_revoked", str(subject), _fields(before), {}, reason)
            return Change(practice, (RemoveGrant(subject, role),), (event,))

        return write(self._store, practice, work)

    def _known_subject(self, snapshot: Snapshot, subject: Subject) -> None:
        if subject.kind == "service":
            return
        if snapshot.practice != INSTALLATION:
            guards.membership_of(snapshot, subject)
        elif self._store.person(subject) is None:
            raise Invalid.field("subject", f"there is no person `{subject}`")


def _held(snapshot: Snapshot, subject: Subject, role: str) -> Grant | None:
    here = (g for g in snapshot.grants if g.practice == snapshot.practice)
    return next((g for g in here if g.subject == subject and g.role == role), None)


def _fields(grant: Grant | None) -> dict[str, object]:
    if grant is None:
        return {}
    until = grant.expires_at.isoformat() if grant.expires_at else None
    return {"role": grant.role, "expires_at": until, "granted_by": grant.granted_by}
