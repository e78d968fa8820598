"""The switches of the access sheet: one record each, saying which grant or property it stands for.

A switch that stands for a grant is kept as that grant and nowhere else, so that the sheet and the
grants cannot contradict each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from authz.core.people import AccessSheet, Membership

LEVEL_PREFIX: Final = "erx-level."
FULL_LEVEL: Final = "full"
BLANK_LEVELS: Final = (FULL_LEVEL, "none")
# Roles above the practices: some are given in the whole installation alone, one also in a practice, and no other there.
ABOVE_PRACTICES: Final = frozenset({"operator", "security-reviewer"})
OF_SERVICES: Final = frozenset({"registrar"})
GIVEN_ABOVE: Final = ABOVE_PRACTICES | OF_SERVICES | {"decision-caller"}
ANALYTICS_ALL: Final = "analytics-all"


@dataclass(frozen=True, slots=True)
class Switch:
    """A field of the sheet. `role` is granted while a yes-or-no switch is on; `choices` are the words of others."""

    field: str
    words: str
    role: str = ""
    choices: tuple[str, ...] = ()
    default: str = "false"

    @property
    def is_flag(self) -> bool:
        """Whether it is on or off, and nothing else."""
        return self.default == "false"

    @property
    def may_be_blank(self) -> bool:
        """Whether nothing selected is a choice of its own."""
        return self.default == "null"


SWITCHES: Final = (
    Switch("admin", "account-level changes; reads every ordinary chart note", "practice-admin"),
    Switch("practitioner", "charting and an own calendar; clinical support staff too", "practitioner"),
    Switch("prescriber", "may prescribe, and ask for a staff member's enablement; set by the operator", "prescriber"),
    Switch("portal_messaging", "messages patients", "portal-messaging"),
    Switch(
        "chart_notes",
        "which chart notes are seen",
        choices=("none", "own", "all"),
        default="none; all for practitioners",
    ),
    Switch("others_can_edit_my_charts", "lets others who may read this person's notes edit them"),
    Switch("edit_claims", "edits and submits claims", "claims-editor"),
    Switch("delete_superbills", "deletes superbills", "superbill-deleter"),
    Switch("refund_payments", "refunds and voids payments", "payment-refunder"),
    Switch("adjust_inventory", "corrects the stock", "inventory-adjuster"),
    Switch("restore_deleted", "brings back what was deleted", "data-restorer"),
    Switch(
        "erx_level", "the eRx level of supporting staff; left blank, what the practice settings say", default="null"
    ),
    Switch("analytics", "none, all, or an analytics role of the practice", default="none; all for admins"),
    Switch("emergency_access", "is listed for emergency access", "emergency-listed"),
)

_FLAGS: Final = tuple(switch for switch in SWITCHES if switch.role)
_CHART_NOTES: Final = {"own": "chart-notes-own", "all": "chart-notes-all"}
CHART_NOTES: Final = frozenset(_CHART_NOTES.values())
SINGLE_ROLES: Final = frozenset([switch.role for switch in _FLAGS] + [*_CHART_NOTES.values(), ANALYTICS_ALL])


def default_sheet(**given: bool | str | None) -> AccessSheet:
    """A sheet with these fields set and the rest at their defaults, which follow admin and practitioner.

    Raises TypeError for a field that is none.
    """
    sheet = AccessSheet(**given)  # type: ignore[arg-type]  # the values are checked where they come in
    if sheet.practitioner and "chart_notes" not in given:
        sheet = replace(sheet, chart_notes="all")
    if sheet.admin and "analytics" not in given:
        sheet = replace(sheet, analytics="all")
    return sheet


def roles_of(sheet: AccessSheet) -> frozenset[str]:
    """The roles that a sheet stands for."""
    held = {switch.role for switch in _FLAGS if getattr(sheet, switch.field)}
    if sheet.chart_notes in _CHART_NOTES:
        held.add(_CHART_NOTES[sheet.chart_notes])
    if sheet.erx_level is not None:
        held.add(f"{LEVEL_PREFIX}{sheet.erx_level}")
    if sheet.analytics != "none":
        held.add(ANALYTICS_ALL if sheet.analytics == "all" else sheet.analytics)
    return frozenset(held)


# What the sheet's own words would be mistaken for; shipped roles' names are taken anyway.
RESERVED: Final = frozenset({"all", "none", *(switch.field for switch in SWITCHES)}) - SINGLE_ROLES


def is_sheet_role(role: str, analytics_roles: Collection[str]) -> bool:
    """Whether some switch of the sheet stands for this role."""
    return role in SINGLE_ROLES or role.startswith(LEVEL_PREFIX) or role in analytics_roles


def sheet_of(roles: Collection[str], membership: Membership, analytics_roles: Collection[str] = ()) -> AccessSheet:
    """The sheet that these roles and this membership amount to.

    `analytics_roles` are the ids of the practice's analytics roles. If grants made beside the sheet give more
    than one value of a choice, the sheet shows the widest.
    """
    held = set(roles)
    flags = {switch.field: switch.role in held for switch in _FLAGS}
    chart_notes = next((value for value in ("all", "own") if _CHART_NOTES[value] in held), "none")
    named = sorted(held.intersection(analytics_roles))
    analytics = "all" if ANALYTICS_ALL in held else named[0] if named else "none"
    return AccessSheet(
        **flags,
        chart_notes=chart_notes,
        others_can_edit_my_charts=membership.others_can_edit_my_charts,
        erx_level=_widest_level(held),
        analytics=analytics,
    )


def _widest_level(roles: Iterable[str]) -> str | None:
    levels = sorted(role.removeprefix(LEVEL_PREFIX) for role in roles if role.startswith(LEVEL_PREFIX))
    return FULL_LEVEL if FULL_LEVEL in levels else levels[0] if levels else None
