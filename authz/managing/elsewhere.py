"""What a change of somebody's account does to the other practices in which that person is a member."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from authz.core.changes import Actor, Change, Event, PutPerson
from authz.core.moments import told
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import Person
from authz.core.policy import Snapshot
from authz.core.ports import Store
from authz.managing.differing import differing
from authz.managing.guards import lasting_admins


def with_elsewhere(store: Store, change: Change, before: Snapshot) -> Change:
    """The change with all other practices whose answers it changes, and with what their records say of it.

    The guard-rails of a practice hold what is done in it, and by its own. They do not hold the home of a guest: a
    practice lets its own people go whenever it has to, and access that has ended must not live on because somebody
    else relies on it. A practice that loses an owner or its last admin in this way is not asked; its record says so,
    as `owner` or `last_admin` among the event's `warnings`, and the operator can give it another. The record of the
    installation says so of whoever holds a role in all of it. The event names neither the home, nor who acted there,
    nor why: that is the home's to know. Nor does it hold the request's id, which is whatever the caller wrote there,
    but a digest of it, by which whoever runs the installation finds the request. Changes that nobody sees outside the
    home leave no event.
    """
    request_id = _digest(next((event.actor.request_id for event in change.events), ""))
    touched: set[Practice] = set()
    told: list[tuple[Practice, Event]] = []
    for operation in change.operations:
        if isinstance(operation, PutPerson) and not operation.new:
            becomes = operation.person
            was = before.people.get(becomes.subject) or store.person(becomes.subject) or becomes
            above = {INSTALLATION} if _above(before, becomes.subject) else set()
            for place in {*store.homes_and_guests(becomes.subject), *above} - {change.practice}:
                touched.add(place)
                event = _event(store, place, was, becomes, Actor("home", "home", request_id))
                told += [(place, event)] if event else []
    return replace(change, touches=tuple(sorted(touched)), elsewhere=tuple(told))


def guest_somewhere(store: Store, user: Subject, home: Practice) -> bool:
    """Whether the person is an active member of a practice other than this one."""
    places = (place for place in store.homes_and_guests(user) if place != home)
    return any(store.snapshot(place).memberships[user].active for place in places)


def _event(store: Store, place: Practice, was: Person, becomes: Person, actor: Actor) -> Event | None:
    """What one practice gets to know."""
    who = str(becomes.subject)
    if was.active == becomes.active:
        told = differing(_seen(was), _seen(becomes))
        action = "account_changed" if place == INSTALLATION else "guest_changed"
        return Event(actor, action, who, *told) if any(told) else None
    if place == INSTALLATION:
        action = "account_reactivated" if becomes.active else "account_deactivated"
        return Event(actor, action, who, {"active": was.active}, {"active": becomes.active})
    here = store.snapshot(place)
    member = here.memberships.get(becomes.subject)
    if member is None or not member.active:
        return None
    action = "guest_reactivated" if becomes.active else "guest_deactivated"
    lost = {} if becomes.active else {"warnings": [*_lost(here, becomes.subject)]}
    return Event(actor, action, who, {"active": was.active}, {"active": becomes.active, **lost})


def _digest(request_id: str) -> str:
    return hashlib.sha256(request_id.encode()).hexdigest() if request_id else ""


def _above(before: Snapshot, subject: Subject) -> bool:
    """Whether somebody's account counts in all practices, since they hold a role in the whole installation."""
    return any(grant.subject == subject and grant.practice == INSTALLATION for grant in before.grants)


def _seen(person: Person) -> dict[str, object]:
    """Of an account, what counts outside the home."""
    since = person.sessions_from
    return {"name": person.name, "sessions_from": told(since) if since else None}


def _lost(here: Snapshot, who: Subject) -> Iterator[str]:
    if here.settings.owner == who:
        yield "owner"
    if lasting_admins(here) == {who}:
        yield "last_admin"
