"""The practices of a cast as snapshots: its people, as a case changes them, under the rules in question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import AccessSheet, Emergency, Membership, Person, PracticeSettings
from authz.core.policy import Grant, Rule, Snapshot
from authz.core.registry import EMPTY, Registry
from authz.policies.switches import default_sheet, roles_of
from authz.reviewing.cast import Cast
from authz.reviewing.departures import EVERYWHERE, LINKS, MOMENTS, ROLES, STORED, Changes, own_rules, report_rules

BY: Final = "cli:grids"
_OF_THE_MEMBERSHIP: Final = ("active", "seat", "seat_confirmed", "erx_enabled")
_BESIDE: Final = (*_OF_THE_MEMBERSHIP, *LINKS, *MOMENTS, *ROLES, "account_active", STORED)
RolesOf = Callable[[AccessSheet], Iterable[str]]
Facts = Mapping[str, Any]


def staged(
    cast: Cast, practice: Practice, rules: tuple[Rule, ...], changes: Changes, roles: RolesOf = roles_of
) -> Snapshot:
    """The practice with its people as the case changes them, under these rules; `roles` reads their access sheets."""
    told = {id: {**facts, **changes.people.get(id, {})} for id, facts in cast.people[practice].items()}
    grants = [grant for id, facts in told.items() for grant in _grants(cast.now, practice, id, facts, roles)]
    grants += [grant for who in cast.above for grant in _grants_above(cast, practice, who, changes)]
    outside = {Subject.parse(who): who for who in cast.above if who.startswith("user:")}
    people = {Subject.user(id): _person(practice, id, facts) for id, facts in told.items()}
    reports = [rule for role, of in changes.analytics_roles.items() for rule in report_rules(practice, role, of)]
    own = [rule for role, rows in changes.roles.items() for rule in own_rules(practice, role, rows)]
    return Snapshot(
        practice=practice,
        revision=1,
        settings=PracticeSettings(practice, practice.id, Subject.user(cast.owners[practice]), changes.blank_erx_level),
        rules=(*rules, *reports, *own),
        grants=tuple(grants),
        people=people | {subject: Person(subject, id, f"{id}@authz.example") for subject, id in outside.items()},
        memberships={Subject.user(id): _membership(practice, id, facts) for id, facts in told.items()},
        emergencies=tuple(
            _emergency(cast.now, practice, told_of) for told_of in changes.emergencies if told_of["who"] in told
        ),
        registry=Registry(1, frozenset({"user"})) if stored(cast, practice) else EMPTY,
    )


def stored(cast: Cast, practice: Practice) -> dict[tuple[str, str], Mapping[str, str]]:
    """What is stored about the people of the practice, by type and id."""
    return {("user", id): facts[STORED] for id, facts in cast.people[practice].items() if STORED in facts}


def _grants(now: datetime, practice: Practice, id: str, facts: Facts, roles: RolesOf) -> list[Grant]:
    user = Subject.user(id)
    sheet = default_sheet(**{name: value for name, value in facts.items() if name not in _BESIDE})
    over = [Grant(user, role, practice, BY, now, now) for role in facts.get("expired", ())]
    held = [*roles(sheet), *facts.get("grants", ())]
    return [*(Grant(user, role, practice, BY, now) for role in held), *over]


def _grants_above(cast: Cast, practice: Practice, who: str, changes: Changes) -> list[Grant]:
    """What those outside the practices hold: their role, others `everywhere`, and those of a case's `grants` here."""
    told, subject = changes.people.get(who.partition(":")[2], {}), Subject.parse(who)
    everywhere = [cast.above[who], *told.get(EVERYWHERE, ())]
    return [
        *(Grant(subject, role, INSTALLATION, BY, cast.now) for role in everywhere),
        *(Grant(subject, role, practice, BY, cast.now) for role in told.get("grants", ())),
    ]


def _person(practice: Practice, id: str, facts: Facts) -> Person:
    return Person(
        subject=Subject.user(id),
        name=id,
        email=f"{id}@clinic.example",
        home=practice,
        active=facts.get("account_active", True),
        sessions_from=facts.get("account_sessions_from"),
    )


def _membership(practice: Practice, id: str, facts: Facts) -> Membership:
    given: dict[str, Any] = {name: facts[name] for name in _OF_THE_MEMBERSHIP if name in facts}
    given |= {name: Subject.user(facts[name]) for name in LINKS if name in facts}
    return Membership(
        user=Subject.user(id),
        practice=practice,
        others_can_edit_my_charts=bool(facts.get("others_can_edit_my_charts", False)),
        sessions_from=facts.get("sessions_from"),
        **given,
    )


def _emergency(now: datetime, practice: Practice, told: Mapping[str, str]) -> Emergency:
    began, ends = now - timedelta(hours=1), now + timedelta(hours=1)
    if told.get("state") == "over":
        ends = now
    if told.get("state") == "just begun":
        began = now
    if told.get("state") == "to come":
        began = now + timedelta(minutes=1)
    ended = now if told.get("state") == "ended" else None
    user = Subject.user(told["who"])
    return Emergency(f"e-{told['who']}", practice, user, told["patient"], "collapse", began, ends, ended)
