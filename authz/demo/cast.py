"""The people that every example, test and page of documentation speaks of, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

Switches = dict[str, bool | str | None]


@dataclass(frozen=True, slots=True)
class Player:
    """A demo person: who they are, what they sit on, which switches differ from the defaults."""

    id: str
    name: str
    job: str
    seat: str = "office"
    switches: Switches = field(default_factory=dict)
    cosigner: str | None = None
    supervisor: str | None = None
    has_left: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """A demo practice: its owner first, then those the scenarios name."""

    id: str
    name: str
    owner: Player
    players: tuple[Player, ...]


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody above all practices: a person with a name, or a service."""

    subject: str
    name: str
    role: str


_DOCTOR: Final[Switches] = {"practitioner": True, "prescriber": True}

STAGES: Final = (
    Stage(
        "northside",
        "Northside Family Medicine",
        Player("omar", "Omar Haddad", "owner", switches={"admin": True}),
        (
            Player("ana", "Ana Pereira", "office manager", switches={"admin": True}),
            Player("lee", "Lee Whitfield", "physician", "provider", _DOCTOR),
            Player("kim", "Kim Nakamura", "physician", "provider", _DOCTOR),
            Player("ray", "Ray Castellano", "resident", "provider", {"practitioner": True}, "kim", "lee"),
            Player("sue", "Sue Lindqvist", "medical assistant", "clinical_staff", {"practitioner": True}),
            Player("joe", "Joe Brannigan", "front desk"),
            Player("bea", "Bea Fontaine", "biller"),
            Player("al", "Al Romero", "accountant"),
            Player("old", "Oldrich Novak", "physician", "provider", {"practitioner": True}, has_left=True),
        ),
    ),
    Stage(
        "southside",
        "Southside Wellness Clinic",
        Player("sadm", "Sadie Morgan", "owner", switches={"admin": True}),
        (Player("far", "Farida Aziz", "physician", "provider", {"practitioner": True}),),
    ),
)

OUTSIDERS: Final = (
    Outsider("user:op", "Opal Greene", "operator"),
    Outsider("user:rev", "Reva Shah", "security-reviewer"),
    Outsider("service:charting", "", "decision-caller"),
    Outsider("service:charting", "", "registrar"),
    Outsider("service:billing", "", "decision-caller"),
)

KEY_HOLDERS: Final = (
    "service:charting",
    "service:billing",
    "user:op",
    "user:rev",
    "user:omar",
    "user:ana",
    "user:lee",
    "user:joe",
    "user:sadm",
)
