"""API keys: issued once, kept as a hash, ended at once."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from authz.core.changes import Actor, ApiKey, Change, Event, PutKey
from authz.core.errors import NotAuthenticated, NotFound
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.ports import Store
from authz.managing.entries import Entries

PREFIX: Final = "azk_"
_LONGEST_TOKEN: Final = 200


class Keys:
    """Use cases about credentials of callers. Who may issue and end them is for the doors to decide."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def create(
        self,
        actor: Actor,
        subject: Subject,
        label: str,
        practice: Practice | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key of this subject and its token, which is shown here and never again.

        Raises NotFound for a person or practice that is not there, and Invalid for a bad label or an end that is past.
        """
        now = self._clock()
        entries = Entries()
        text = entries.text("label", label)
        entries.future("expires_at", expires_at, now)
        entries.settle()
        if subject.kind == "user" and self._store.person(subject) is None:
            raise NotFound("user", subject.id)
        if practice is not None:
            self._store.revision(practice)
        token = PREFIX + secrets.token_urlsafe(32)
        key = ApiKey(
            uuid.uuid4().hex, subject, _hash(token), text, actor.subject, now, practice=practice, expires_at=expires_at
        )
        self._put(actor, key, "key_created")
        return key, token

    def revoke(self, actor: Actor, id: str) -> int:
        """Ends the key at once and returns the installation's revision; NotFound if there is none of this id."""
        key = self._store.key(id)
        if key is None:
            raise NotFound("key", id)
        if key.revoked_at is not None:
            return self._store.revision(INSTALLATION)
        return self._put(actor, replace(key, revoked_at=self._clock()), "key_revoked")

    def verify(self, token: str) -> ApiKey:
        """The key whose token this is; NotAuthenticated if it is unknown, revoked or expired."""
        key = self._store.key_by_hash(_hash(token)) if len(token) <= _LONGEST_TOKEN else None
        if key is None or key.revoked_at is not None:
            raise NotAuthenticated("the token is not good")
        if key.expires_at is not None and key.expires_at <= self._clock():
            raise NotAuthenticated("the token is not good")
        return key

    def _put(self, actor: Actor, key: ApiKey, action: str) -> int:
        fields = {
            "subject": str(key.subject),
            "label": key.label,
            "practice": key.practice.id if key.practice else None,
            "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        }
        event = Event(actor, action, f"key:{key.id}", after=fields)
        return self._store.apply(Change(INSTALLATION, (PutKey(key),), (event,)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
