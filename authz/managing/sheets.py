"""An access sheet laid over what a person holds: which grants begin, which end, what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime

from authz.core.changes import Operation, PracticeRole, PutGrant, RemoveGrant
from authz.core.names import Subject
from authz.core.people import AccessSheet, Membership
from authz.core.policy import Grant, Snapshot
from authz.managing.entries import Entries
from authz.policies.switches import LEVEL_PREFIX, SWITCHES, is_sheet_role, roles_of, sheet_of


def analytics_ids(roles: Collection[PracticeRole]) -> frozenset[str]:
    """The ids of the analytics roles among a practice's roles."""
    return frozenset(role.id for role in roles if role.kind == "analytics")


def check_sheet(
    entries: Entries, lead: str, sheet: AccessSheet, snapshot: Snapshot, analytics: Collection[str]
) -> None:
    """Notes every field whose value is none of its choices here; `lead` stands before their names."""
    check_switches(entries, lead, as_fields(sheet), snapshot, analytics)


def check_switches(
    entries: Entries, lead: str, given: Mapping[str, object], snapshot: Snapshot, analytics: Collection[str]
) -> None:
    """Notes as `check_sheet` does, of some of the fields."""
    levels = sorted({r.role.removeprefix(LEVEL_PREFIX) for r in snapshot.rules if r.role.startswith(LEVEL_PREFIX)})
    for switch in SWITCHES:
        if switch.field not in given:
            continue
        value = given[switch.field]
        if switch.field == "erx_level":
            if value is not None:
                entries.choice(f"{lead}erx_level", value, levels)
        elif switch.field == "analytics":
            entries.choice(f"{lead}analytics", value, ["none", "all", *sorted(analytics)])
        elif switch.choices:
            entries.choice(f"{lead}{switch.field}", value, switch.choices)
        elif not isinstance(value, bool):
            entries.wrong(f"{lead}{switch.field}", "must be true or false")


def held_roles(snapshot: Snapshot, user: Subject) -> dict[str, Grant]:
    """The grants that a person has in the practice itself, by role, expired ones included."""
    return {g.role: g for g in snapshot.grants if g.subject == user and g.practice == snapshot.practice}


def present_sheet(snapshot: Snapshot, member: Membership, analytics: Collection[str], now: datetime) -> AccessSheet:
    """The sheet as it stands now."""
    held = [role for role, grant in held_roles(snapshot, member.user).items() if grant.in_force(now)]
    return sheet_of(held, member, analytics)


def operations_for(
    snapshot: Snapshot, user: Subject, sheet: AccessSheet, analytics: Collection[str], by: str, now: datetime
) -> Iterator[Operation]:
    """What makes the person's grants those of the sheet; grants that no switch stands for stay as they are.

    So do those that ran out: nothing is taken away with them, which would ask for the right to.
    """
    wanted = roles_of(sheet)
    held = {role for role, grant in held_roles(snapshot, user).items() if grant.in_force(now)}
    for role in sorted(wanted):
        if role not in held:
            yield PutGrant(Grant(user, role, snapshot.practice, by, now))
    for role in sorted(held):
        if role not in wanted and is_sheet_role(role, analytics):
            yield RemoveGrant(user, role)


def as_fields(sheet: AccessSheet) -> dict[str, object]:
    """The sheet as the record keeps it."""
    return asdict(sheet)


def warnings(
    sheet: AccessSheet, snapshot: Snapshot, member: Membership, now: datetime, before: AccessSheet | None = None
) -> list[str]:
    """What deserves a second look in a sheet that may well be meant as it is.

    `author_keeps_notes`: the person's past notes stay visible to whoever may read them. `names_others`: somebody's
    co-signer or supervisor is no practitioner any more. `not_practitioner`: a prescriber, or `chart_notes` own, has no
    effect without the flag. `not_enabled`: an eRx level has none without enablement. `no_charts`: a practitioner who
    sees no chart notes. `ends_by_itself`: what a switch stands for was given until a moment, and stays so.
    """
    ceased = before is not None and before.practitioner and not sheet.practitioner
    held = held_roles(snapshot, member.user)
    lent = {role for role, grant in held.items() if grant.expires_at is not None and grant.in_force(now)}
    linked = any(member.user in (other.cosigner, other.supervisor) for other in snapshot.memberships.values())
    found = {
        "author_keeps_notes": ceased,
        "names_others": ceased and linked,
        "not_practitioner": not sheet.practitioner and (sheet.prescriber or sheet.chart_notes == "own"),
        "not_enabled": sheet.erx_level is not None and not member.erx_enabled,
        "no_charts": sheet.practitioner and sheet.chart_notes == "none",
        "ends_by_itself": bool(lent & roles_of(sheet)),
    }
    return [name for name, applies in found.items() if applies]
