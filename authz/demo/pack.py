"""The practices of a policy pack, made through the same use cases as real ones."""

from __future__ import annotations

from authz.bootstrap import Services
from authz.core.errors import NotFound
from authz.core.names import Practice, Subject
from authz.core.registry import Entry
from authz.demo.cast_of_pack import Described, practices_of
from authz.managing import Terms
from authz.policies.pack import Pack
from authz.policies.registering import entry


def load_pack(service: Services, by: Terms, pack: Pack) -> dict[str, Practice]:
    """Makes the pack's practices that are not there with all their people; those that are stay as they are.

    Returns the pack's services by name, with the practice of each.

    The pack's roles must be in force. Raises StoreUnavailable, BadPolicy for a file that describes no practice, and
    Conflict or Invalid where it describes what cannot be.
    """
    found: dict[str, Practice] = {}
    for described in practices_of(pack):
        practice = Practice.parse(described.id)
        found |= {str(Subject("service", one["id"])): practice for one in described.services}
        if _is_there(service, practice, described):
            continue
        _open(service, by, practice, described)
        for person in described.people:
            _enter(service, by, practice, person["id"], person.get("email", ""), person["name"], person.get("guest"))
            _grant(service, by, practice, Subject.user(person["id"]), person.get("roles", []))
        for one in described.services:
            subject = Subject("service", one["id"])
            _grant(service, by, practice, subject, one.get("roles", []))
        service.registry.put(by, practice, _entries(described))
        service.practices.set_up(by, practice, explain=described.explain, supplied=described.supplied)
    return found


def _is_there(service: Services, practice: Practice, described: Described) -> bool:
    """Whether the practice was made to its end, which is its settings, whatever was changed in it since."""
    try:
        snapshot = service.store.snapshot(practice)
    except NotFound:
        return False
    people = {Subject.user(person["id"]) for person in described.people}
    return people <= snapshot.memberships.keys() and bool(snapshot.registry.types or not _entries(described))


def _open(service: Services, by: Terms, practice: Practice, described: Described) -> None:
    try:
        service.store.revision(practice)
    except NotFound:
        owner = described.owner
        service.practices.open(by, practice, described.name, owner["id"], owner["email"], owner["name"])


def _enter(
    service: Services, by: Terms, practice: Practice, id: str, email: str, name: str, guest: bool | None
) -> None:
    user = Subject.user(id)
    if user in service.store.snapshot(practice).memberships:
        return
    if guest:
        service.memberships.admit(by, practice, user)
    else:
        service.people.add(by, practice, id, email, name)


def _grant(service: Services, by: Terms, practice: Practice, subject: Subject, roles: list[str]) -> None:
    held = {grant.role for grant in service.store.snapshot(practice).grants if grant.subject == subject}
    for role in roles:
        if role not in held:
            service.grants.grant(by, practice, subject, role)


def _entries(described: Described) -> list[Entry]:
    """The resources, and the people of whom something is stored."""
    subjects = [entry("user", p["id"], p["attributes"]) for p in described.people if "attributes" in p]
    return [*subjects, *(entry(r["type"], r["id"], r.get("attributes", {})) for r in described.resources)]
