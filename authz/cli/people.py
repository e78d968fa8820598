"""A member of a practice as the command line shows one: account, membership, roles and access sheet."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from authz.bootstrap import Services
from authz.core.errors import NotFound
from authz.core.names import Practice, Subject
from authz.core.people import AccessSheet, Membership, Person
from authz.core.policy import Snapshot
from authz.managing.sheets import analytics_ids, held_roles, present_sheet
from authz.policies.switches import is_sheet_role


@dataclass(frozen=True, slots=True)
class Member:
    """One person in one practice, as of one revision; `other_roles` are those no switch stands for."""

    person: Person
    membership: Membership
    sheet: AccessSheet
    other_roles: tuple[str, ...]
    revision: int

    def as_json(self) -> dict[str, object]:
        """Everything, for programs."""
        return {**self.row(), "revision": self.revision, "access": asdict(self.sheet)}

    def row(self) -> dict[str, object]:
        """What stands in a list of people."""
        links = {"supervisor": self.membership.supervisor, "cosigner": self.membership.cosigner}
        return {
            "id": self.person.subject.id,
            "name": self.person.name,
            "email": self.person.email,
            "aliases": list(self.person.aliases),
            "phone": self.person.phone,
            "reply_to": self.person.reply_to,
            "home": self.person.home.id if self.person.home else None,
            "status": "active" if self.person.active and self.membership.active else "inactive",
            "seat": self.membership.seat,
            "seat_confirmed": self.membership.seat_confirmed,
            "erx_enabled": self.membership.erx_enabled,
            **{name: subject.id if subject else None for name, subject in links.items()},
            "switches": switched_on(self.sheet),
            "other_roles": list(self.other_roles),
        }


def switched_on(sheet: AccessSheet) -> list[str]:
    """The switches that differ from an empty sheet: flags by their names, the others with their values."""
    empty, values = asdict(AccessSheet()), asdict(sheet)
    return [name if value is True else f"{name}={value}" for name, value in values.items() if value != empty[name]]


def member(service: Services, practice: Practice, user: Subject) -> Member:
    """One member; raises NotFound for an unknown practice and for who is none of its members."""
    return member_in(service, service.store.snapshot(practice), user)


def member_in(service: Services, snapshot: Snapshot, user: Subject) -> Member:
    """One member as a change left the practice, or would leave it."""
    if user not in snapshot.memberships:
        raise NotFound("user", user.id)
    return _member(snapshot, analytics_ids(service.store.roles(snapshot.practice)), user, datetime.now(UTC))


def members(service: Services, practice: Practice) -> list[Member]:
    """All members in order of their ids, those who left included; raises NotFound for an unknown practice."""
    snapshot = service.store.snapshot(practice)
    analytics, now = analytics_ids(service.store.roles(practice)), datetime.now(UTC)
    return [_member(snapshot, analytics, user, now) for user in sorted(snapshot.memberships)]


def _member(snapshot: Snapshot, analytics: frozenset[str], user: Subject, now: datetime) -> Member:
    membership = snapshot.memberships[user]
    sheet = present_sheet(snapshot, membership, analytics, now)
    held = [role for role, grant in held_roles(snapshot, user).items() if grant.in_force(now)]
    others = sorted(role for role in held if not is_sheet_role(role, analytics))
    return Member(snapshot.people[user], membership, sheet, tuple(others), snapshot.revision)
