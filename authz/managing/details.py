"""What may be changed about a person apart from access: each detail given, or left as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Literal

from authz.core.names import Subject
from authz.core.people import REPLY_TO, SEATS, Membership, Person
from authz.managing.entries import Entries


class _Given(Enum):
    NOT = "unchanged"


Unchanged = Literal[_Given.NOT]
UNCHANGED: Final = _Given.NOT


@dataclass(frozen=True, slots=True)
class Details:
    """New details of a person; `UNCHANGED` leaves one as it is, and None clears a link."""

    name: str | Unchanged = UNCHANGED
    phone: str | Unchanged = UNCHANGED
    aliases: Sequence[str] | Unchanged = UNCHANGED
    reply_to: str | Unchanged = UNCHANGED
    seat: str | Unchanged = UNCHANGED
    cosigner: Subject | Unchanged | None = UNCHANGED
    supervisor: Subject | Unchanged | None = UNCHANGED
    erx_enabled: bool | Unchanged = UNCHANGED

    @property
    def of_the_account(self) -> bool:
        """Whether something is given that is the person's wherever they are a member."""
        return any(value is not UNCHANGED for value in (self.name, self.phone, self.aliases, self.reply_to))

    def check(self, entries: Entries) -> None:
        """Notes every detail that is none."""
        if self.name is not UNCHANGED:
            entries.text("name", self.name)
        if self.phone is not UNCHANGED:
            entries.phone("phone", self.phone)
        if self.aliases is not UNCHANGED:
            entries.aliases("aliases", self.aliases)
        if self.reply_to is not UNCHANGED:
            entries.choice("reply_to", self.reply_to, REPLY_TO)
        if self.seat is not UNCHANGED:
            entries.choice("seat", self.seat, SEATS)


def person_with(person: Person, given: Details) -> Person:
    """The account with what is given of it; to be checked before."""
    entries = Entries()
    return replace(
        person,
        name=person.name if given.name is UNCHANGED else entries.text("name", given.name),
        phone=person.phone if given.phone is UNCHANGED else entries.phone("phone", given.phone),
        aliases=person.aliases if given.aliases is UNCHANGED else entries.aliases("aliases", given.aliases),
        reply_to=person.reply_to if given.reply_to is UNCHANGED else given.reply_to,
    )


def membership_with(member: Membership, given: Details) -> Membership:
    """The membership with what is given of it; whether a seat is confirmed is for the caller to say."""
    return replace(
        member,
        seat=member.seat if given.seat is UNCHANGED else given.seat,
        cosigner=member.cosigner if given.cosigner is UNCHANGED else given.cosigner,
        supervisor=member.supervisor if given.supervisor is UNCHANGED else given.supervisor,
        erx_enabled=member.erx_enabled if given.erx_enabled is UNCHANGED else given.erx_enabled,
    )


def details_of(person: Person) -> dict[str, object]:
    """An account as the record keeps it."""
    return {
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "aliases": [*person.aliases],
        "reply_to": person.reply_to,
    }


def fields_of(person: Person, member: Membership) -> dict[str, object]:
    """An account and a membership as the record keeps them."""
    return {**details_of(person), **membership_fields_of(member)}


def membership_fields_of(member: Membership) -> dict[str, object]:
    """A membership as the record keeps it, apart from who is there and who was let go."""
    return {
        "seat": member.seat,
        "seat_confirmed": member.seat_confirmed,
        "supervisor": str(member.supervisor) if member.supervisor else None,
        "cosigner": str(member.cosigner) if member.cosigner else None,
        "erx_enabled": member.erx_enabled,
    }
