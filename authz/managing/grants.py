"""Grants made and ended one by one: a subject holds a role in a practice, or in the whole installation."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from authz.core.changes import Event, PracticeRole, PutGrant, RemoveGrant
from authz.core.errors import Invalid
from authz.core.moments import told
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.policy import Grant, Snapshot
from authz.managing.desk import Desk
from authz.managing.entries import Entries
from authz.managing.scene import Scene
from authz.managing.terms import Draft, Need, Outcome, Terms
from authz.policies.in_force import MEMBER
from authz.policies.vocabulary import did_you_mean


class Grants:
    """Use cases about single grants; each answers with the grant as it then is, or None. All raise as `Desk.write`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def grant(
        self, by: Terms, practice: Practice, subject: Subject, role: str, expires_at: datetime | None = None
    ) -> Outcome:
        """Gives the role, or changes until when it is held; it ends at `expires_at` to the second.

        Raises Invalid for a role that is neither shipped nor the practice's, for `member`, which nobody is given, and
        for an end that is past; NotFound for a person who is not here.
        """

        def work(scene: Scene) -> Draft:
            self._known_subject(scene, subject)
            own = self._own(practice)
            entries = Entries()
            role_to_give(entries, role, scene.snapshot, own)
            entries.future("expires_at", expires_at, scene.now)
            entries.settle()
            before = _held(scene, subject, role)
            if before is not None and before.expires_at == expires_at:
                return Draft(answer=before)
            grant = Grant(subject, role, practice, by.actor.subject, scene.now, expires_at)
            event = Event(by.actor, "role_granted", str(subject), _fields(before), _fields(grant), by.reason)
            needs = [_needed("update" if before else "create", subject), *_needed_for(own.get(role), subject)]
            return Draft([PutGrant(grant)], [event], needs, answer=grant)

        return self._desk.write(by, practice, [_needed("create", subject)], work)

    def revoke(self, by: Terms, practice: Practice, subject: Subject, role: str) -> Outcome:
        """Ends exactly this grant; if there is none, nothing happens.

        Raises Invalid for a role that nobody can have: whoever misspells one must not think that it is taken away.
        """

        def work(scene: Scene) -> Draft:
            self._known_subject(scene, subject)
            own, before = self._own(practice), _held(scene, subject, role)
            if before is None:
                entries = Entries()
                role_to_give(entries, role, scene.snapshot, own)
                entries.settle()
                return Draft()
            event = Event(by.actor, "role_revoked", str(subject), _fields(before), {}, by.reason)
            return Draft([RemoveGrant(subject, role)], [event], _needed_for(own.get(role), subject))

        return self._desk.write(by, practice, [_needed("delete", subject)], work)

    def _own(self, practice: Practice) -> dict[str, PracticeRole]:
        return {defined.id: defined for defined in self._desk.store.roles(practice)}

    def _known_subject(self, scene: Scene, subject: Subject) -> None:
        if subject.kind == "service":
            return
        if scene.snapshot.practice != INSTALLATION:
            scene.membership(subject)
        elif self._desk.store.person(subject) is None:
            raise Invalid.field("subject", f"there is no person `{subject}`")


def role_to_give(entries: Entries, role: str, snapshot: Snapshot, own: Collection[str]) -> None:
    """Notes a role that nobody can be given: it is neither shipped nor one of the practice's `own`."""
    shipped = {rule.role for rule in snapshot.rules if rule.practice == INSTALLATION} - {MEMBER}
    if role not in shipped and role not in own:
        entries.wrong("role", f"there is no role `{role}` to give{did_you_mean(role, [*shipped, *own])}")


def _needed(action: str, subject: Subject) -> Need:
    return Need("grant", action, "", {"assignee": str(subject)})


def _needed_for(own: PracticeRole | None, subject: Subject) -> list[Need]:
    """The right to hand out roles of the practice's own making."""
    if own is None:
        return []
    kind = "analytics_role" if own.kind == "analytics" else "role"
    return [Need(kind, "assign", "", {"assignee": str(subject)})]


def _held(scene: Scene, subject: Subject, role: str) -> Grant | None:
    here = (g for g in scene.snapshot.grants if g.practice == scene.snapshot.practice)
    return next((g for g in here if g.subject == subject and g.role == role), None)


def _fields(grant: Grant | None) -> dict[str, object]:
    if grant is None:
        return {}
    until = told(grant.expires_at) if grant.expires_at else None
    return {"role": grant.role, "expires_at": until}
