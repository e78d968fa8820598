"""The practices of a policy pack, made through the same use cases as real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authz.bootstrap import Services
from authz.core.errors import NotFound
from authz.core.names import Practice, Subject
from authz.demo.cast_of_pack import Described, practices_of
from authz.managing import Terms
from authz.managing.registry import MOST_AT_ONCE
from authz.policies.pack import Pack


def load_pack(service: Services, by: Terms, pack: Pack) -> dict[str, Practice]:
    """Makes the pack's practices that are not there with all their people; those that are stay as they are.

    Returns the pack's services by name, with the practice of each.

    The pack's roles must be in force. Raises StoreUnavailable, and BadPolicy for a file that describes no practice or
    one that cannot be; what was made before stays, and the next run goes on from there.
    """
    found: dict[str, Practice] = {}
    for described in practices_of(pack):
        found |= {str(Subject("service", one["id"])): described.practice for one in described.services}
        if not _is_there(service, described):
            _make(service, by, described)
    return found


def _make(service: Services, by: Terms, described: Described) -> None:
    practice = described.practice
    with described.told_at("owner"):
        _open(service, by, described)
    for number, person in enumerate(described.people, start=1):
        with described.told_at("people", number):
            _enter(service, by, practice, person)
            _grant(service, by, practice, Subject.user(person["id"]), person.get("roles", []))
    for number, one in enumerate(described.services, start=1):
        with described.told_at("services", number):
            _grant(service, by, practice, Subject("service", one["id"]), one.get("roles", []))
    for start in range(0, len(described.entries), MOST_AT_ONCE):
        service.registry.put(by, practice, described.entries[start : start + MOST_AT_ONCE])
    with described.told_at("supplied"):
        service.practices.set_up(by, practice, explain=described.explain, supplied=described.supplied)


def _is_there(service: Services, described: Described) -> bool:
    """Whether the practice was made to its end, which is its settings, whatever was changed in it since."""
    try:
        snapshot = service.store.snapshot(described.practice)
    except NotFound:
        return False
    people = {Subject.user(person["id"]) for person in described.people}
    return people <= snapshot.memberships.keys() and bool(snapshot.registry.types or not described.entries)


def _open(service: Services, by: Terms, described: Described) -> None:
    try:
        service.store.revision(described.practice)
    except NotFound:
        owner = described.owner
        service.practices.open(by, described.practice, described.name, owner["id"], owner["email"], owner["name"])


def _enter(service: Services, by: Terms, practice: Practice, person: Mapping[str, Any]) -> None:
    user = Subject.user(person["id"])
    if user in service.store.snapshot(practice).memberships:
        return
    if person.get("guest"):
        service.memberships.admit(by, practice, user)
    else:
        service.people.add(by, practice, person["id"], person.get("email", ""), person["name"])


def _grant(service: Services, by: Terms, practice: Practice, subject: Subject, roles: list[str]) -> None:
    held = {grant.role for grant in service.store.snapshot(practice).grants if grant.subject == subject}
    for role in roles:
        if role not in held:
            service.grants.grant(by, practice, subject, role)
