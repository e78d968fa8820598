"""Filters of lists held against what there is: a slip of the pen must not be read as an empty list."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from authz.core.names import INSTALLATION, BadName, Practice, Subject
from authz.core.policy import Snapshot
from authz.core.ports import Store
from authz.core.record import ACTIONS, NAMELESS, EventQuery
from authz.managing.entries import Entries
from authz.managing.grants import role_to_give
from authz.policies.vocabulary import did_you_mean

_OF_EVENTS: Final = ("actor", "subject")
_PERSON: Final = "user:"
_LONGEST: Final = 300  # which the record has room for: an id may be 200, and has its type in front


def action_recorded(entries: Entries, field: str, action: str) -> None:
    """Notes what no record tells of."""
    if action not in ACTIONS:
        entries.wrong(field, f"no record tells of `{action[:100]}`{did_you_mean(action, ACTIONS)}")


def one_recorded(entries: Entries, field: str, name: str) -> None:
    """Notes what is not written as a record names who did something, or what it was done to."""
    kind, _, rest = name.partition(":")
    if name not in NAMELESS and not (kind and rest and name.isprintable() and len(name) <= _LONGEST):
        entries.wrong(field, "must be written as in the record, such as user:omar")


def events_wanted(query: EventQuery) -> Entries:
    """What is wrong with a query of a record, whatever is in it."""
    entries = Entries()
    for field in _OF_EVENTS:
        if name := getattr(query, field):
            one_recorded(entries, field, name)
    if query.action:
        action_recorded(entries, "action", query.action)
    return entries


def nobody_in_the_record(store: Store, practice: Practice, query: EventQuery) -> Entries:
    """Whom a query that found nothing names who is no member and stands nowhere in the record.

    That is something the record tells: to be asked only where it is recorded who reads it.
    """
    entries, snapshot = Entries(), store.snapshot(practice)
    for field in _OF_EVENTS:
        name: str = getattr(query, field)
        if name.startswith(_PERSON) and not _is_member(snapshot, name):
            anywhere = EventQuery(actor=name), EventQuery(subject=name)
            if not any(store.events(practice, limit=1, wanted=alone) for alone in anywhere):
                _nobody(entries, field, snapshot, name)
    return entries


def grants_wanted(snapshot: Snapshot, own: Collection[str], subject: Subject | None, role: str | None) -> Entries:
    """A role or a person in a query of grants that nobody can hold, or who can hold none.

    Services come and go without being entered anywhere, so that none is unknown.
    """
    entries = Entries()
    here = [grant for grant in snapshot.grants if grant.practice == snapshot.practice]
    if role is not None and role not in {grant.role for grant in here}:
        role_to_give(entries, role, snapshot, own)
    if subject is not None and subject not in {grant.subject for grant in here}:
        person_wanted(entries, "subject", snapshot, subject)
    return entries


def person_wanted(entries: Entries, field: str, snapshot: Snapshot, subject: Subject) -> None:
    """Notes a person in a query who is no member, present or past; above all practices nobody is one."""
    if subject.kind == "user" and snapshot.practice != INSTALLATION and subject not in snapshot.memberships:
        _nobody(entries, field, snapshot, str(subject))


def _nobody(entries: Entries, field: str, snapshot: Snapshot, name: str) -> None:
    # Ids are compared without what all of them begin with, which would make any two alike.
    hint = did_you_mean(name.removeprefix(_PERSON), (user.id for user in snapshot.memberships))
    entries.wrong(field, f"nobody here is `{name[:100]}`, or ever was{hint.replace('`', f'`{_PERSON}', 1)}")


def _is_member(snapshot: Snapshot, name: str) -> bool:
    try:
        return Subject.parse(name) in snapshot.memberships
    except BadName:
        return False
