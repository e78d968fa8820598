"""What a file may say of somebody in its cast, and how a case of a grid departs from that cast."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from authz.core.names import Practice
from authz.core.people import SEATS
from authz.core.policy import Rule
from authz.policies.rows import BadFields, rule_of
from authz.policies.switches import BLANK_LEVELS, FULL_LEVEL, SWITCHES
from authz.reviewing.expecting import Expecting
from authz.reviewing.written import Written

FLAGS: Final = frozenset(
    [*(one.field for one in SWITCHES if one.is_flag), "active", "account_active", "seat_confirmed", "erx_enabled"]
)
CHOICES: Final[Mapping[str, Collection[str]]] = {
    "seat": SEATS,
    **{switch.field: switch.choices for switch in SWITCHES if switch.choices},
}
LINKS: Final = ("cosigner", "supervisor")
MOMENTS: Final = ("sessions_from", "account_sessions_from")
ROLES: Final = ("grants", "expired")
EVERYWHERE: Final = "everywhere"
STORED: Final = "attributes"
OF_A_MEMBER: Final = frozenset({*FLAGS, *CHOICES, *LINKS, *MOMENTS, *ROLES, "erx_level", "analytics", STORED})
OF_SOMEBODY_ABOVE: Final = frozenset({EVERYWHERE, "grants"})
STATES: Final = ("open", "over", "just begun", "to come", "ended")
_ROW: Final = 4


@dataclass(frozen=True, slots=True)
class Changes:
    """How a case departs from the cast: people's switches and properties, roles of the practice, emergencies."""

    people: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    analytics_roles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    roles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    emergencies: Sequence[Mapping[str, str]] = ()
    blank_erx_level: str = FULL_LEVEL


FIELDS: Final = frozenset({"people", "analytics_roles", "roles", "emergencies", "blank_erx_level"})


def changes(
    expecting: Expecting, told: Mapping[str, Written], practice: Practice, members: Collection[str], above: set[str]
) -> Changes:
    """The departures that a case's fields state; what is wrong with them is noted.

    `members` are the ids of the practice's people, `above` those of who holds a role in the whole installation.
    """
    people = {}
    for id, facts in expecting.table(told.get("people"), "`people`").items():
        if id not in members and id not in above:
            expecting.unknown(facts, "person", id, members)
        people[id] = facts_of(expecting, facts, OF_SOMEBODY_ABOVE if id in above else OF_A_MEMBER, members)
    blank = told.get("blank_erx_level")
    return Changes(
        people,
        {
            role: expecting.words(reports, "report")
            for role, reports in expecting.table(told.get("analytics_roles"), "`analytics_roles`").items()
            if _reports_can_be_read(expecting, reports, role, practice)
        },
        {
            role: expecting.words(rows, "rows")
            for role, rows in expecting.table(told.get("roles"), "`roles`").items()
            if _rows_can_be_read(expecting, rows, role, practice)
        },
        [_emergency(expecting, one, members) for one in expecting.items(told.get("emergencies"), "`emergencies`")],
        expecting.word(blank, "level", BLANK_LEVELS) if blank else FULL_LEVEL,
    )


def facts_of(
    expecting: Expecting, written: Written, known: Collection[str], members: Collection[str]
) -> dict[str, Any]:
    """What is said of somebody, by field; what is wrong with it is noted."""
    told = expecting.table(written, "what is said of somebody", known)
    return {name: _fact(expecting, name, value, members) for name, value in told.items() if name in known}


def _fact(expecting: Expecting, name: str, value: Written, members: Collection[str]) -> object:
    if name in FLAGS:
        return expecting.flag(value, f"`{name}`")
    if name in CHOICES or name in LINKS:
        return expecting.word(value, name, CHOICES.get(name, members))
    if name in MOMENTS:
        return moment(expecting, value, f"`{name}`")
    if name in (*ROLES, EVERYWHERE):
        return expecting.roles(value, f"`{name}`")
    if name == STORED:
        return {key: expecting.text(of, f"`{key}`") for key, of in expecting.table(value, "`attributes`").items()}
    return None if value.value is None else expecting.role(value, expecting.text(value, f"`{name}`"))


def moment(expecting: Expecting, value: Written, what: str) -> datetime | None:
    """A date and time with its offset."""
    text = expecting.text(value, what)
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.utcoffset() is None:
        expecting.wrong(value, "moment", f"{what} must be a date and time with its offset, as 2026-11-23T08:00:00Z")
        return None
    return read


def report_rules(practice: Practice, role: str, reports: Sequence[str]) -> list[Rule]:
    """The rules of an analytics role; raises BadFields for a report that there is not."""
    return [
        rule_of([role, practice.id, "analytics_report", action, f"report={report}", "allow"])
        for report in reports
        for action in ("list", "view", "export")
    ]


def own_rules(practice: Practice, role: str, rows: Sequence[str]) -> list[Rule]:
    """Rules that the practice wrote itself, each told as `type, action, conditions, effect`; raises BadFields."""
    return [rule_of([role, practice.id, *(field.strip() for field in row.split(","))]) for row in rows]


def _reports_can_be_read(expecting: Expecting, written: Written, role: str, practice: Practice) -> bool:
    for item in expecting.items(written, "an analytics role's reports"):
        try:
            report_rules(practice, role, [expecting.text(item, "a report")])
        except BadFields as error:
            expecting.wrong(item, error.rule, str(error))
            return False
    return True


def _rows_can_be_read(expecting: Expecting, written: Written, role: str, practice: Practice) -> bool:
    for item in expecting.items(written, "a role's rows"):
        row = expecting.text(item, "a row")
        if len(row.split(",")) != _ROW:
            expecting.wrong(item, "arity", "a row here is `type, action, conditions, effect`")
            return False
        try:
            own_rules(practice, role, [row])
        except BadFields as error:
            expecting.wrong(item, error.rule, str(error))
            return False
    return True


def _emergency(expecting: Expecting, written: Written, members: Collection[str]) -> dict[str, str]:
    told = expecting.table(written, "an emergency", ("who", "patient", "state"))
    for name in {"who", "patient"} - told.keys():
        expecting.wrong(written, "missing", f"an emergency needs `{name}`")
    read = {"who": "", "patient": expecting.text(told.get("patient"), "`patient`")}
    if "who" in told:
        read["who"] = expecting.word(told["who"], "person", members)
    if "state" in told:
        read["state"] = expecting.word(told["state"], "state", STATES)
    return read
