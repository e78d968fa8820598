"""What changes did to the policy, as it is kept beside their events, from which earlier states are told again."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from authz.core import changes
from authz.core.changes import Operation, PracticeRole
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import Person
from authz.core.policy import Grant, Rule
from authz.policies.rows import rule_of
from authz.storage.audit import canonical
from authz.storage.moments import as_text, read_moment
from authz.storage.records import (
    emergency_of,
    emergency_values,
    membership_of,
    membership_values,
    settings_of,
    settings_values,
)
from authz.storage.tables import people

_Told = dict[str, Any]
_MOMENTS: Final = frozenset(
    {"sessions_from", "granted_at", "expires_at", "started_at", "until", "ended_at", "reviewed_at"}
)


def encoded(
    connection: Connection, practice: Practice, operations: Iterable[Operation], above: int, only: Collection[Subject]
) -> str:
    """What the operations, already carried out, did to this practice's snapshot, which may be nothing.

    `above` is the revision of the installation that this happened on. Of accounts only what decisions depend on is
    kept; those of whom an operation speaks are told as they now are, `only` narrows whom.
    """
    done = list(operations)
    told = [*_people(connection, practice, sorted(map(str, only))), *(t for o in done if (t := _told(practice, o)))]
    return canonical({"above": above, "operations": told})


def concerned(practice: Practice, operations: Iterable[Operation]) -> set[Subject]:
    """Whose accounts count for a practice because of these operations in it."""
    found = set()
    for operation in operations:
        match operation:
            case changes.PutPerson(person):
                found.add(person.subject)
            case changes.PutMembership(membership):
                found.add(membership.user)
            case changes.PutGrant(grant) if practice == INSTALLATION and grant.subject.kind == "user":
                found.add(grant.subject)
    return found


def decoded(text: str, practice: Practice) -> tuple[int, tuple[Operation, ...]]:
    """The installation's revision and the operations of a kept text; raises ValueError for one that is none of ours."""
    try:
        told = json.loads(text)
        return int(told["above"]), tuple(_operation(practice, one) for one in told["operations"])
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"a state that cannot be read: {error}") from error


def _people(connection: Connection, practice: Practice, subjects: Sequence[str]) -> Iterator[_Told]:
    """INVARIANT: the record of a practice says of nobody where else they are at home."""
    if subjects:
        wanted = select(people).where(people.c.subject.in_(subjects)).order_by(people.c.subject)
        for row in connection.execute(wanted).mappings():
            home = row["home"] if practice in (INSTALLATION, Practice.of(row["home"] or "*")) else None
            yield {
                "kind": "person",
                "subject": row["subject"],
                "home": home,
                "active": row["active"],
                **_plain({"sessions_from": row["sessions_from"]}),
            }


def _told(practice: Practice, operation: Operation) -> _Told | None:
    told: _Told | None = None
    match operation:
        case changes.CreatePractice(settings) | changes.PutSettings(settings):
            told = {"kind": "settings", "id": practice.id, **settings_values(settings)}
        case changes.PutMembership(membership):
            told = {"kind": "membership", "user": str(membership.user), **membership_values(membership)}
        case changes.PutGrant(grant):
            told = {
                "kind": "grant",
                "subject": str(grant.subject),
                "role": grant.role,
                "granted_by": grant.granted_by,
                "granted_at": grant.granted_at,
                "expires_at": grant.expires_at,
            }
        case changes.RemoveGrant(subject, role):
            told = {"kind": "revoked", "subject": str(subject), "role": role}
        case changes.PutRole(role):
            told = {"kind": "role", "id": role.id, "name": role.name, "of": role.kind, "rules": _rows(role.rules)}
        case changes.RemoveRole(id):
            told = {"kind": "role_removed", "id": id}
        case changes.PutEmergency(emergency):
            told = {"kind": "emergency", "id": emergency.id, **emergency_values(emergency), "reason": ""}
        case changes.ReplaceShippedRules(rules):
            told = {"kind": "shipped", "rules": _rows(rules)}
    return None if told is None else _plain(told)


def _operation(practice: Practice, told: Mapping[str, Any]) -> Operation:
    return _READ[told["kind"]](practice, {**told, **_moments(told)})


_READ: Final[Mapping[str, Callable[[Practice, Any], Operation]]] = {
    "settings": lambda _practice, told: changes.PutSettings(settings_of(told)),
    "person": lambda _practice, told: changes.PutPerson(_person(told)),
    "membership": lambda practice, told: changes.PutMembership(membership_of({**told, "practice": practice.id})),  # type: ignore[arg-type]  # a mapping like a row
    "grant": lambda practice, told: changes.PutGrant(_grant(practice, told)),
    "revoked": lambda _practice, told: changes.RemoveGrant(Subject.parse(told["subject"]), told["role"]),
    "role": lambda practice, told: changes.PutRole(
        PracticeRole(practice, told["id"], told["name"], told["of"], _rules(told["rules"]))
    ),
    "role_removed": lambda _practice, told: changes.RemoveRole(told["id"]),
    "emergency": lambda practice, told: changes.PutEmergency(emergency_of({**told, "practice": practice.id})),  # type: ignore[arg-type]  # a mapping like a row
    "shipped": lambda _practice, told: changes.ReplaceShippedRules(_rules(told["rules"])),
}


def _person(told: _Told) -> Person:
    subject = Subject.parse(told["subject"])
    home = Practice.of(told["home"]) if told["home"] else None
    return Person(subject, subject.id, "", home, told["active"], told["sessions_from"])


def _grant(practice: Practice, told: _Told) -> Grant:
    subject = Subject.parse(told["subject"])
    return Grant(subject, told["role"], practice, told["granted_by"], told["granted_at"], told["expires_at"])


def _rows(rules: Iterable[Rule]) -> list[list[str]]:
    return [[*rule.row(), rule.origin] for rule in rules]


def _rules(rows: Iterable[Sequence[str]]) -> tuple[Rule, ...]:
    return tuple(rule_of(row[:-1], row[-1]) for row in rows)


def _plain(told: _Told) -> _Told:
    return {name: as_text(value) if isinstance(value, datetime) else value for name, value in told.items()}


def _moments(told: Mapping[str, Any]) -> _Told:
    return {name: read_moment(value) for name, value in told.items() if name in _MOMENTS}
