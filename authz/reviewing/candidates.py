"""Single changes that might let somebody do something: switches, grants, links, seats and circumstances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from authz.checking.facts import EMERGENCY, VIEW
from authz.core.decision import Request
from authz.core.names import INSTALLATION, Subject
from authz.core.people import SEATS, AccessSheet, Membership
from authz.core.policy import Rule, Snapshot
from authz.managing import sheets
from authz.policies import VOCABULARY
from authz.policies.conditions import condition_named
from authz.policies.in_force import PRESCRIBER
from authz.policies.relations import ADMIN, PRACTITIONER
from authz.policies.switches import ABOVE_PRACTICES, GIVEN_ABOVE, LEVEL_PREFIX, OF_SERVICES, SWITCHES, roles_of
from authz.policies.vocabulary import Scene, Situation
from authz.reviewing.trying import (
    LISTED,
    Make,
    as_member,
    asked_with,
    emergency,
    granted,
    own_analytics,
    reactivated,
    with_switch,
)

_ASKED_ABOUT: Final = frozenset({ADMIN, PRACTITIONER, PRESCRIBER})  # conditions and defaults look at these
# What these conditions look at can be changed; what all others do is a matter of the resource, or settled by others.
_CHANGEABLE: Final = frozenset(
    {
        "shared", "viewable", "cosigner", "practitioner", "staff", "enabled", "provider", "confirmed_seat",
        "second_factor", "reason_given", EMERGENCY,
    }
)  # fmt: skip
_OF_AUTHORS: Final = frozenset({"shared", "cosigner"})  # which have to be members for that


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change, told as `Step` tells it; `make` works it out, None where it makes no sense."""

    kind: str
    about: Mapping[str, object]
    words: str
    make: Make


def candidates(snapshot: Snapshot, request: Request, now: datetime) -> Iterator[Candidate]:
    """Every change on which the answer could depend, those that need another one to make sense after that one."""
    member, who = snapshot.memberships.get(request.subject), request.subject
    if member is not None:
        if not member.active or not snapshot.people[who].active:
            yield _candidate("reactivation", {"user": who}, f"{who} is reactivated", reactivated)
        yield from _switches(snapshot, request, member, now)
        yield from _seats(member)
    yield from _roles(snapshot, request, now)
    yield from _links(snapshot, request)
    yield from _circumstances(request)
    patient = request.resource.attributes.get("patient", "")
    if member is not None and patient:
        about = {"user": who, "patient": patient}
        yield _candidate("emergency", about, f"{who} begins an emergency access to this patient", emergency)


def reachable(snapshot: Snapshot, request: Request, now: datetime) -> list[Rule]:
    """The rules that could allow this after some change: all that they ask for beside what changes can do holds."""
    type = VOCABULARY.types[request.resource.type]
    scene = Scene(snapshot.settings, snapshot.memberships, frozenset(), snapshot.emergencies)
    member = snapshot.memberships.get(request.subject)
    situation = Situation(request, type, scene, member, frozenset(), now)
    narrows = type.actions[request.action].narrows

    def can_hold(name: str) -> bool:
        condition = condition_named(name)
        if condition is None or (name in _OF_AUTHORS and situation.member("author") is None):
            return False
        return name in _CHANGEABLE or (narrows and condition.narrowing is not None) or condition.holds(situation)

    about = (r for r in snapshot.rules if r.resource == type.name and r.action == request.action)
    return [rule for rule in about if rule.effect == "allow" and all(map(can_hold, rule.conditions))]


def _relevant(snapshot: Snapshot, request: Request, now: datetime) -> frozenset[str]:
    """The roles on which the answer can depend, among those that have rules."""
    allowing = reachable(snapshot, request, now)
    conditions = {condition_named(name) for rule in allowing for name in rule.conditions}
    seeing = any(condition is not None and condition.with_view for condition in conditions)
    beside = [
        rule.role
        for rule in snapshot.rules
        if rule.resource == request.resource.type
        and (rule.action == VIEW if rule.effect == "allow" and seeing else rule.effect == "deny")
    ]
    return _ASKED_ABOUT | {rule.role for rule in allowing} | set(beside)


def _switches(snapshot: Snapshot, request: Request, member: Membership, now: datetime) -> Iterator[Candidate]:
    analytics, relevant = own_analytics(snapshot), _relevant(snapshot, request, now)
    present = sheets.present_sheet(snapshot, member, analytics, now)
    patient_named = bool(request.resource.attributes.get("patient"))
    for switch in SWITCHES:
        for value in _values(switch.field, switch.choices, snapshot.rules, analytics):
            becomes: AccessSheet = replace(present, **{switch.field: value})  # type: ignore[arg-type]  # one of its values
            turned = roles_of(becomes) ^ roles_of(present)
            counts = turned & relevant or (LISTED in turned and patient_named)
            if becomes != present and counts:
                about = {"user": member.user, "switch": switch.field, "to": value}
                words = f"the switch `{switch.field}` of {member.user} is set to {_shown(value)}"
                yield _candidate("switch", about, words, with_switch(member.user, switch.field, value))


def _values(field: str, choices: Sequence[str], rules: Sequence[Rule], analytics: frozenset[str]) -> Sequence[object]:
    if field == "erx_level":
        return [None, *sorted({r.role.removeprefix(LEVEL_PREFIX) for r in rules if r.role.startswith(LEVEL_PREFIX)})]
    if field == "analytics":
        return ["none", "all", *sorted(analytics)]
    return choices or (True, False)


def _seats(member: Membership) -> Iterator[Candidate]:
    user = member.user
    for seat in SEATS:
        if seat != member.seat:
            words = f"the seat of {user} becomes `{seat}`, and is confirmed where it is a paid one"
            yield _candidate("seat", {"user": user, "to": seat}, words, as_member(user, seat=seat, seat_confirmed=True))
    if not member.seat_confirmed:
        words = f"the seat of {user} is confirmed"
        yield _candidate("seat_confirmation", {"user": user}, words, as_member(user, seat_confirmed=True))
    if not member.erx_enabled:
        words = f"{user} is enabled for eRx: a prescriber asks for it, somebody else applies it"
        yield _candidate("erx_enablement", {"user": user}, words, as_member(user, erx_enabled=True))


def _roles(snapshot: Snapshot, request: Request, now: datetime) -> Iterator[Candidate]:
    """Grants that no switch stands for: the practice's own roles, those of services, and those above practices."""
    who, relevant = request.subject, _relevant(snapshot, request, now)
    own = {rule.role for rule in snapshot.rules if rule.practice != INSTALLATION} - own_analytics(snapshot)
    places = dict.fromkeys(own, snapshot.practice)
    if who.kind == "service":
        places |= dict.fromkeys(GIVEN_ABOVE - ABOVE_PRACTICES, snapshot.practice)
    elif who not in snapshot.memberships:
        places = {role: INSTALLATION for role in (GIVEN_ABOVE - OF_SERVICES) if who in snapshot.people}
    held = {(grant.role, grant.practice) for grant in snapshot.grants if grant.subject == who}
    for role, place in sorted(places.items()):
        if role in relevant and (role, place) not in held:
            where = "in the whole installation" if place == INSTALLATION else "here"
            words = f"{who} is given the role `{role}` {where}"
            about = {"subject": who, "role": role, "practice": place.id}
            yield _candidate("role", about, words, granted(who, role, place.id))


def _links(snapshot: Snapshot, request: Request) -> Iterator[Candidate]:
    """What the author could set or have set: sharing, and the co-signer."""
    named, who = request.resource.attributes.get("author", ""), request.subject
    author = Subject.parse(named) if named else None
    if author is None or author == who or author not in snapshot.memberships:
        return
    member = snapshot.memberships[author]
    if not member.others_can_edit_my_charts:
        field = "others_can_edit_my_charts"
        words = f"{author}, the author, lets others edit: the switch `{field}` of {author} is set to true"
        yield _candidate(
            "switch", {"user": author, "switch": field, "to": True}, words, with_switch(author, field, True)
        )
    if member.cosigner != who and who in snapshot.memberships:
        words = f"{who} becomes the co-signer of {author}"
        yield _candidate("cosigner", {"user": author, "to": who}, words, as_member(author, cosigner=who))


def _circumstances(request: Request) -> Iterator[Candidate]:
    context = request.context
    if not context.reason.strip():
        yield _candidate("reason", {}, "a reason is given", asked_with(reason="a reason"))
    if not context.epcs_2fa:
        yield _candidate("second_factor", {}, "the second factor is shown", asked_with(epcs_2fa=True))
    if context.authenticated_at is not None:
        words = f"{request.subject} signs in again"
        yield _candidate("sign_in", {}, words, asked_with(authenticated_at=None))


def _candidate(kind: str, about: Mapping[str, object], words: str, make: Make) -> Candidate:
    return Candidate(kind, {name: str(v) if isinstance(v, Subject) else v for name, v in about.items()}, words, make)


def _shown(value: object) -> str:
    return "blank" if value is None else str(value).lower() if isinstance(value, bool) else f"`{value}`"
