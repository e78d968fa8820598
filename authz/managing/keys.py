"""API keys: issued once, kept as a hash, ended at once."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import replace
from datetime import datetime
from typing import Final

from authz.core.changes import ApiKey, Event, PutKey
from authz.core.errors import NotAuthenticated, NotFound
from authz.core.moments import told
from authz.core.names import INSTALLATION, Practice, Subject
from authz.managing.desk import Desk
from authz.managing.entries import Entries
from authz.managing.scene import Scene
from authz.managing.terms import Draft, Need, Outcome, Terms

PREFIX: Final = "azk_"
_LONGEST_TOKEN: Final = 200


class Keys:
    """Use cases about credentials of callers; those that write raise what `Desk.write` raises."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def create(
        self,
        by: Terms,
        subject: Subject,
        label: str,
        practice: Practice | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[Outcome, str]:
        """A new key of this subject, in the answer, and its token, which is shown here and never again.

        Raises NotFound for a person or practice that is not there, and Invalid for a bad label or an end that is past.
        """
        entries = Entries()
        text = entries.text("label", label)
        entries.future("expires_at", expires_at, self._desk.now())
        entries.settle()
        token = PREFIX + secrets.token_urlsafe(32)

        def work(scene: Scene) -> Draft:
            if subject.kind == "user" and self._desk.store.person(subject) is None:
                raise NotFound("user", subject.id)
            if practice is not None:
                self._desk.store.revision(practice)
            identity, made_by = uuid.uuid4().hex, by.actor.subject
            key = ApiKey(identity, subject, _hash(token), text, made_by, scene.now, practice, expires_at)
            return Draft([PutKey(key)], [_event(by, key, "key_created")], minted=[key.id], answer=key)

        return self._desk.write(by, INSTALLATION, [Need("key", "create")], work), token

    def revoke(self, by: Terms, id: str) -> Outcome:
        """Ends the key at once; NotFound if there is none of this id."""

        def work(scene: Scene) -> Draft:
            key = self._desk.store.key(id)
            if key is None:
                raise NotFound("key", id)
            if key.revoked_at is not None:
                return Draft(answer=key)
            ended = replace(key, revoked_at=scene.now)
            return Draft([PutKey(ended)], [_event(by, ended, "key_revoked")], answer=ended)

        return self._desk.write(by, INSTALLATION, [Need("key", "revoke")], work)

    def verify(self, token: str) -> ApiKey:
        """The key whose token this is; NotAuthenticated if it is unknown, revoked or expired."""
        key = self._desk.store.key_by_hash(_hash(token)) if len(token) <= _LONGEST_TOKEN else None
        if key is None or key.revoked_at is not None:
            raise NotAuthenticated("the token is not good")
        if key.expires_at is not None and key.expires_at <= self._desk.now():
            raise NotAuthenticated("the token is not good")
        return key


def _event(by: Terms, key: ApiKey, action: str) -> Event:
    fields = {
        "subject": str(key.subject),
        "label": key.label,
        "practice": key.practice.id if key.practice else None,
        "expires_at": told(key.expires_at) if key.expires_at else None,
    }
    return Event(by.actor, action, f"key:{key.id}", after=fields, reason=by.reason)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
