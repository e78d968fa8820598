"""A snapshot as a change would leave it, worked out without the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from authz.core import changes
from authz.core.changes import Operation
from authz.core.names import INSTALLATION, Subject
from authz.core.policy import Grant, Rule, Snapshot


def applied(snapshot: Snapshot, operations: Iterable[Operation]) -> Snapshot:
    """The same practice after these operations, at the same revision; what no snapshot shows leaves it as it is.

    So does what is stored of resources, which a snapshot does not hold.

    Equals what the store reads back once it has applied them, the order of rules and grants aside.
    """
    for operation in operations:
        snapshot = _after(snapshot, operation)
    return snapshot


def _after(before: Snapshot, operation: Operation) -> Snapshot:  # noqa: C901, PLR0911  # one arm for each operation
    match operation:
        case changes.CreatePractice(settings) | changes.PutSettings(settings):
            return replace(before, settings=settings)
        case changes.PutPerson(person):
            return replace(before, people={**before.people, person.subject: person})
        case changes.PutMembership(membership):
            return replace(before, memberships={**before.memberships, membership.user: membership})
        case changes.PutGrant(grant):
            return replace(before, grants=(*_other_grants(before, grant.subject, grant.role), grant))
        case changes.RemoveGrant(subject, role):
            return replace(before, grants=_other_grants(before, subject, role))
        case changes.PutRole(role):
            return replace(before, rules=(*_other_rules(before, role.id), *role.rules))
        case changes.RemoveRole(id):
            return replace(before, rules=_other_rules(before, id))
        case changes.PutEmergency(emergency):
            others = (e for e in before.emergencies if e.id != emergency.id)
            return replace(before, emergencies=(*others, emergency))
        case changes.PutEntries(entries):
            types = before.registry.types.union(entry.type for entry in entries)
            return replace(before, registry=replace(before.registry, types=types))
        case changes.ReplaceShippedRules(rules):
            own = (r for r in before.rules if r.practice != INSTALLATION)
            return replace(before, rules=(*rules, *own), bad_rows=())
    return before


def _other_grants(before: Snapshot, subject: Subject, role: str) -> tuple[Grant, ...]:
    """All grants but the practice's own one of this role to this subject."""
    here = before.practice
    return tuple(g for g in before.grants if (g.subject, g.role, g.practice) != (subject, role, here))


def _other_rules(before: Snapshot, role: str) -> tuple[Rule, ...]:
    """All rules but those of the practice's own role of this id."""
    return tuple(r for r in before.rules if (r.role, r.practice) != (role, before.practice))
