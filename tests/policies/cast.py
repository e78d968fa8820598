"""The people that every grid asks about, with the switches of their access sheets, as snapshots of two practices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import AccessSheet, Emergency, Membership, Person, PracticeSettings
from authz.core.policy import Grant, Rule, Snapshot
from authz.policies.rows import rule_of
from authz.policies.switches import default_sheet, roles_of

NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
NORTH, SOUTH = Practice("northside"), Practice("southside")
DOCTOR: Final = {"practitioner": True, "prescriber": True, "seat": "provider"}
PEOPLE: Final[Mapping[Practice, Mapping[str, Mapping[str, Any]]]] = {
    NORTH: {
        "omar": {"admin": True},
        "ana": {"admin": True},
        "lee": DOCTOR,
        "kim": DOCTOR,
        "ray": {"practitioner": True, "seat": "provider", "cosigner": "kim", "supervisor": "lee"},
        "sue": {"practitioner": True, "seat": "clinical_staff"},
        "joe": {},
        "bea": {},
        "al": {},
        "old": {"practitioner": True, "seat": "provider", "active": False},
    },
    SOUTH: {"sadm": {"admin": True}, "far": {"practitioner": True, "seat": "provider"}},
}
OWNERS: Final = {NORTH: "omar", SOUTH: "sadm"}
ABOVE: Final = {
    "user:op": "operator",
    "user:rev": "security-reviewer",
    "service:charting": "decision-caller",
    "service:billing": "decision-caller",
    "service:intake": "registrar",
}
STRANGER: Final = "user:nobody"
ASKERS: Final = (
    *(f"user:{id}" for practice in PEOPLE.values() for id in practice),
    *ABOVE,
    STRANGER,
)
_MEMBERSHIP: Final = ("active", "seat", "seat_confirmed", "erx_enabled")
_LINKS: Final = ("cosigner", "supervisor")
_MOMENTS: Final = ("sessions_from", "account_sessions_from")
_BESIDE: Final = (*_MEMBERSHIP, *_LINKS, *_MOMENTS, "account_active", "grants", "expired")
RolesOf = Callable[[AccessSheet], Iterable[str]]


@dataclass(frozen=True)
class Changes:
    """How a case departs from the cast: people's switches and properties, roles of the practice, emergencies."""

    people: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    analytics_roles: Mapping[str, list[str]] = field(default_factory=dict)
    roles: Mapping[str, list[str]] = field(default_factory=dict)
    emergencies: list[Mapping[str, str]] = field(default_factory=list)
    blank_erx_level: str = "full"


def snapshot(
    practice: Practice,
    rules: tuple[Rule, ...],
    changes: Changes,
    roles: RolesOf = roles_of,
    cast: Mapping[str, Mapping[str, Any]] | None = None,
) -> Snapshot:
    """The practice with its cast, or with this one, as the case changes it, under these rules."""
    standard = PEOPLE[practice] if cast is None else cast
    cast = {id: {**facts, **changes.people.get(id, {})} for id, facts in standard.items()}
    grants = [grant for id, facts in cast.items() for grant in _grants(practice, id, facts, roles)]
    grants += [grant for who in ABOVE for grant in _grants_above(practice, who, changes)]
    outside = {Subject.parse(who): who for who in ABOVE if who.startswith("user:")}
    people = {Subject.user(id): _person(practice, id, facts) for id, facts in cast.items()}
    return Snapshot(
        practice=practice,
        revision=1,
        settings=PracticeSettings(practice, practice.id, Subject.user(OWNERS[practice]), changes.blank_erx_level),
        rules=(*rules, *_report_rules(practice, changes), *_own_rules(practice, changes)),
        grants=tuple(grants),
        people=people | {subject: Person(subject, id, f"{id}@authz.example") for subject, id in outside.items()},
        memberships={Subject.user(id): _membership(practice, id, facts) for id, facts in cast.items()},
        emergencies=tuple(_emergency(practice, told) for told in changes.emergencies if told["who"] in cast),
    )


def _grants(practice: Practice, id: str, facts: Mapping[str, Any], roles: RolesOf) -> list[Grant]:
    user = Subject.user(id)
    sheet = default_sheet(**{name: value for name, value in facts.items() if name not in _BESIDE})
    over = [Grant(user, role, practice, "cli:tests", NOW, NOW) for role in facts.get("expired", ())]
    held = [*roles(sheet), *facts.get("grants", ())]
    return [*(Grant(user, role, practice, "cli:tests", NOW) for role in held), *over]


def _grants_above(practice: Practice, who: str, changes: Changes) -> list[Grant]:
    """What those outside the practices hold: their role, others `everywhere`, and those of a case's `grants` here."""
    told, subject = changes.people.get(who.partition(":")[2], {}), Subject.parse(who)
    everywhere = [ABOVE[who], *told.get("everywhere", ())]
    return [
        *(Grant(subject, role, INSTALLATION, "cli:tests", NOW) for role in everywhere),
        *(Grant(subject, role, practice, "cli:tests", NOW) for role in told.get("grants", ())),
    ]


def _person(practice: Practice, id: str, facts: Mapping[str, Any]) -> Person:
    return Person(
        subject=Subject.user(id),
        name=id,
        email=f"{id}@clinic.example",
        home=practice,
        active=facts.get("account_active", True),
        sessions_from=_moment(facts.get("account_sessions_from")),
    )


def _membership(practice: Practice, id: str, facts: Mapping[str, Any]) -> Membership:
    given = {name: facts[name] for name in _MEMBERSHIP if name in facts}
    links = {name: Subject.user(facts[name]) for name in _LINKS if name in facts}
    return Membership(
        user=Subject.user(id),
        practice=practice,
        others_can_edit_my_charts=bool(facts.get("others_can_edit_my_charts", False)),
        sessions_from=_moment(facts.get("sessions_from")),
        **given,
        **links,
    )


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def _emergency(practice: Practice, told: Mapping[str, str]) -> Emergency:
    began, ends = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    if told.get("state") == "over":
        ends = NOW
    if told.get("state") == "just begun":
        began = NOW
    if told.get("state") == "to come":
        began = NOW + timedelta(minutes=1)
    ended = NOW if told.get("state") == "ended" else None
    user = Subject.user(told["who"])
    return Emergency(f"e-{told['who']}", practice, user, told["patient"], "collapse", began, ends, ended)


def _report_rules(practice: Practice, changes: Changes) -> list[Rule]:
    return [
        Rule(role, practice, "analytics_report", action, (f"report={report}",))
        for role, reports in changes.analytics_roles.items()
        for report in reports
        for action in ("list", "view", "export")
    ]


def _own_rules(practice: Practice, changes: Changes) -> list[Rule]:
    """Rules that the practice wrote itself, each told as `type, action, conditions, effect`."""
    return [rule_of([role, practice.id, *row.split(", ")]) for role, rows in changes.roles.items() for row in rows]
