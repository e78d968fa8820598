"""Emergency access: begun by a listed person with a reason, ended by itself or before, reviewed by someone else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from authz.core.changes import Actor, Change, Event, PutEmergency
from authz.core.errors import NotAllowed, NotFound
from authz.core.names import Practice, Subject
from authz.core.people import Emergency
from authz.core.policy import Snapshot
from authz.core.ports import Store
from authz.managing import guards
from authz.managing.entries import Entries
from authz.managing.writing import write
from authz.policies.in_force import active

LONGEST_MINUTES: Final = 240
LISTED: Final = "emergency-listed"


class Emergencies:
    """Use cases about break-glass access (45 CFR 164.312(a)(2)(ii)); four hours at most."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def start(
        self, actor: Actor, practice: Practice, user: Subject, patient: str, reason: str, minutes: int
    ) -> Emergency:
        """Opens one patient's ordinary records to a listed person, for reading; NotAllowed to anyone else."""
        now = self._clock()
        entries = Entries()
        whose, why = entries.text("patient", patient), entries.text("reason", reason)
        if not 1 <= minutes <= LONGEST_MINUTES:
            entries.wrong("minutes", f"must be 1 to {LONGEST_MINUTES}")
        entries.settle()
        emergency = Emergency(uuid.uuid4().hex, practice, user, whose, why, now, now + timedelta(minutes=minutes))

        def work(snapshot: Snapshot) -> Change:
            guards.membership_of(snapshot, user)
            if not active(snapshot, user) or not guards.holds_role(snapshot, user, LISTED, now):
                raise NotAllowed(f"`{user}` is not listed for emergency access")
            after = {"patient": whose, "until": emergency.until.isoformat(), "id": emergency.id}
            event = Event(actor, "emergency_started", str(user), after=after, reason=why)
            return Change(practice, (PutEmergency(emergency),), (event,))

        write(self._store, practice, work)
        return emergency

    def end(self, actor: Actor, practice: Practice, id: str) -> int:
        """Ends it before its time; one that is over stays as it is. NotFound if there is none of this id."""
        now = self._clock()

        def work(snapshot: Snapshot) -> Change | None:
            found = next((e for e in snapshot.emergencies if e.id == id), None)
            if found is None:
                raise NotFound("emergency", id)
            if not found.open_at(now):
                return None
            event = Event(actor, "emergency_ended", str(found.user), {}, {"id": id, "ended_at": now.isoformat()})
            return Change(practice, (PutEmergency(replace(found, ended_at=now)),), (event,))

        return write(self._store, practice, work)
