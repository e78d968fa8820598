"""People as the policy knows them: accounts, memberships, access sheets, emergencies, a practice's settings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from authz.core.names import Practice, Subject
from authz.core.registry import OF_SUBJECT

SEATS: Final = ("provider", "clinical_staff", "office")
FREE_SEATS: Final = ("office",)
REPLY_TO: Final = ("shared", "own")
REQUEST_KINDS: Final = ("erx_enablement", "paid_seat")
REQUEST_STATES: Final = ("pending", "approved", "denied", "void")
_DOT: Final = re.compile("[.\u3002\uff0e\uff61]")  # the full stops that part a domain's labels


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the installation; the id never changes, the e-mail may.

    `home` is None for those outside all practices. `active` false ends access everywhere.
    Sessions that began before `sessions_from` have ended.
    """

    subject: Subject
    name: str
    email: str
    home: Practice | None = None
    active: bool = True
    sessions_from: datetime | None = None
    phone: str = ""
    aliases: tuple[str, ...] = ()
    reply_to: str = "shared"


@dataclass(frozen=True, slots=True)
class Membership:
    """A person in a practice, with the switches of the access sheet that are no grants.

    Sessions that began before `sessions_from` have ended in this practice, whatever they may do elsewhere.
    """

    user: Subject
    practice: Practice
    active: bool = True
    seat: str = "office"
    seat_confirmed: bool = True
    supervisor: Subject | None = None
    cosigner: Subject | None = None
    others_can_edit_my_charts: bool = False
    erx_enabled: bool = False
    sessions_from: datetime | None = None

    @property
    def paid_seat(self) -> str:
        """The seat that is paid for and confirmed; empty if it is free or waits for its confirmation."""
        return self.seat if self.seat_confirmed and self.seat not in FREE_SEATS else ""


@dataclass(frozen=True, slots=True)
class AccessSheet:
    """The "Manage Access" form of one member; `policies/switches.py` says what each field stands for."""

    admin: bool = False
    practitioner: bool = False
    prescriber: bool = False
    portal_messaging: bool = False
    chart_notes: str = "none"
    others_can_edit_my_charts: bool = False
    edit_claims: bool = False
    delete_superbills: bool = False
    refund_payments: bool = False
    adjust_inventory: bool = False
    restore_deleted: bool = False
    erx_level: str | None = None
    analytics: str = "none"
    emergency_access: bool = False


@dataclass(frozen=True, slots=True)
class PracticeSettings:
    """What a practice sets for itself; `blank_erx_level` is what an eRx level left blank means.

    `explain`: AuthZEN answers tell reasons and obligations unasked. `supplied` names, for a resource type, the
    attributes that callers may state; what they say of others is ignored. For a type that is left out they may state
    all but those of the subject.
    """

    practice: Practice
    name: str
    owner: Subject | None = None
    blank_erx_level: str = "full"
    explain: bool = False
    supplied: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)

    def lets_state(self, type: str, attribute: str) -> bool:
        """Whether what a caller says of this attribute of a resource type counts."""
        named = self.supplied.get(type)
        return not attribute.startswith(OF_SUBJECT) if named is None else attribute in named


@dataclass(frozen=True, slots=True)
class Emergency:
    """Break-glass access of one person to one patient's ordinary records, for reading, until `until`."""

    id: str
    practice: Practice
    user: Subject
    patient: str
    reason: str
    started_at: datetime
    until: datetime
    ended_at: datetime | None = None
    reviewed_by: Subject | None = None
    reviewed_at: datetime | None = None

    def open_at(self, now: datetime) -> bool:
        """Whether reading is allowed through it at this moment."""
        return self.started_at <= now < self.until and self.ended_at is None


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Something that one person asks for and another has to allow: `erx_enablement` or `paid_seat` of `user`.

    `state` is `pending`, `approved`, `denied`, or `void` when what was asked for no longer matters.
    """

    id: str
    practice: Practice
    kind: str
    user: Subject
    asked_by: str
    asked_at: datetime
    reason: str = ""
    seat: str = ""
    state: str = "pending"
    decided_by: str = ""
    decided_at: datetime | None = None
    decision_reason: str = ""


def folded(email: str) -> str:
    """The form in which addresses are compared.

    Two are one if they differ in case, in ways of writing a letter, or by a domain in its ASCII form (`xn--`).
    """
    name, at, domain = email.rpartition("@")
    plain = f"{name}{at}{'.'.join(map(_label, _DOT.split(domain)))}"
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", plain).casefold())


def _label(text: str) -> str:
    """A part of a domain as people write it; one that is no such ASCII form stays as it is."""
    # Of the codecs only this one takes letters that newer domains may hold and older ones wrote otherwise: ß and ς.
    lower = text.lower()
    try:
        plain = lower.removeprefix("xn--").encode("ascii").decode("punycode") if lower.startswith("xn--") else text
    except UnicodeError:
        return text
    return plain if plain.isprintable() else text
