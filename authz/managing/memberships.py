"""A membership changes: links to a co-signer and a supervisor, seat, enablement, leaving and returning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from authz.core.changes import Actor, Change, Event, Operation, PutMembership, PutPerson
from authz.core.names import Practice, Subject
from authz.core.people import FREE_SEATS, SEATS, Membership
from authz.core.policy import Snapshot
from authz.core.ports import Store
from authz.managing import guards
from authz.managing.entries import Entries
from authz.managing.writing import differing, write


class _Unchanged:
    """Stands for a link that a call leaves alone."""


UNCHANGED = _Unchanged()
Link = Subject | _Unchanged | None


class Memberships:
    """Use cases about one person in one practice. Each returns the practice's new revision.

    All raise Invalid naming every bad field, NotFound, Conflict and StoreUnavailable; then nothing has changed.
    Who may call them is for the doors to decide.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def set_links(
        self,
        actor: Actor,
        practice: Practice,
        user: Subject,
        *,
        cosigner: Link = UNCHANGED,
        supervisor: Link = UNCHANGED,
        reason: str = "",
    ) -> int:
        """Sets or, with None, clears who co-signs for the person and who supervises them."""
        now = self._clock()

        def work(snapshot: Snapshot, member: Membership) -> Membership:
            if isinstance(cosigner, Subject):
                guards.may_cosign(snapshot, user, cosigner, now)
            if isinstance(supervisor, Subject):
                guards.may_supervise(snapshot, user, supervisor, now)
            return replace(
                member,
                cosigner=member.cosigner if isinstance(cosigner, _Unchanged) else cosigner,
                supervisor=member.supervisor if isinstance(supervisor, _Unchanged) else supervisor,
            )

        return self._change_membership(actor, practice, user, "links_set", reason, work)

    def set_seat(
        self, actor: Actor, practice: Practice, user: Subject, seat: str, *, confirmed: bool | None = None
    ) -> int:
        """Gives the person another seat; a paid one counts once it is confirmed, as for `add`."""
        entries = Entries()
        entries.choice("seat", seat, SEATS)
        entries.settle()
        paid_for = actor.via == "cli" if confirmed is None else confirmed
        return self._change_membership(
            actor,
            practice,
            user,
            "seat_set",
            "",
            lambda _, member: replace(member, seat=seat, seat_confirmed=seat in FREE_SEATS or paid_for),
        )

    def set_erx_enabled(self, actor: Actor, practice: Practice, user: Subject, enabled: bool, reason: str = "") -> int:
        """Applies or withdraws the enablement without which no eRx level counts."""
        return self._change_membership(
            actor, practice, user, "erx_enabled_set", reason, lambda _, member: replace(member, erx_enabled=enabled)
        )

    def deactivate(self, actor: Actor, practice: Practice, user: Subject, *, reason: str = "") -> int:
        """Ends the person's access at once: here, and everywhere if this is their home. Nothing else is lost.

        Letting a guest go leaves them at their home as they are.
        """
        return self._set_active(actor, practice, user, False, reason)

    def reactivate(self, actor: Actor, practice: Practice, user: Subject, *, reason: str = "") -> int:
        """Gives back exactly what was there; sessions from before stay ended."""
        return self._set_active(actor, practice, user, True, reason)

    def _set_active(self, actor: Actor, practice: Practice, user: Subject, active: bool, reason: str) -> int:
        now = self._clock()
        elsewhere = tuple(p for p in self._store.homes_and_guests(user) if p != practice)

        def work(snapshot: Snapshot) -> Change | None:
            member, person = guards.membership_of(snapshot, user), snapshot.people[user]
            at_home = person.home == practice
            if member.active == active and (person.active == active or not at_home):
                return None
            if not active:
                guards.keep_an_admin(snapshot, user)
            here = replace(member, active=active, sessions_from=member.sessions_from if active else now)
            operations: list[Operation] = [PutMembership(here)]
            if at_home:
                ended = person.sessions_from if active else now
                operations.append(PutPerson(replace(person, active=active, sessions_from=ended)))
            action = "user_reactivated" if active else "user_deactivated"
            event = Event(actor, action, str(user), {"active": not active}, {"active": active}, reason)
            return Change(practice, tuple(operations), (event,), touches=elsewhere if at_home else ())

        return write(self._store, practice, work)

    def _change_membership(
        self,
        actor: Actor,
        practice: Practice,
        user: Subject,
        action: str,
        reason: str,
        become: Callable[[Snapshot, Membership], Membership],
    ) -> int:
        def work(snapshot: Snapshot) -> Change | None:
            before = guards.membership_of(snapshot, user)
            after = become(snapshot, before)
            was, becomes = differing(_fields(before), _fields(after))
            event = Event(actor, action, str(user), was, becomes, reason)
            return Change(practice, (PutMembership(after),), (event,)) if was or becomes else None

        return write(self._store, practice, work)


def _fields(member: Membership) -> dict[str, object]:
    shown = ("seat", "seat_confirmed", "supervisor", "cosigner", "erx_enabled")
    values = {name: getattr(member, name) for name in shown}
    return {name: str(value) if isinstance(value, Subject) else value for name, value in values.items()}
