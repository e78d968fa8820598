"""Mutants of what is known about people: each switch, each property of a membership, each end of something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from authz.core.policy import Snapshot
from authz.policies.switches import SWITCHES, roles_of
from authz.reviewing.staging import RolesOf
from tests.policies.mutants import Mutant


def of_switches() -> Iterator[Mutant]:
    """Each switch that grants nothing, that grants the next one's role beside its own, and swapped choices."""
    flags = [switch for switch in SWITCHES if switch.role]
    for switch, other in zip(flags, [*flags[1:], flags[0]], strict=True):
        yield Mutant(f"{switch.field} grants nothing", roles=_without(switch.role))
        yield Mutant(f"{switch.field} grants {other.role} too", roles=_and_too(switch.role, other.role))
    yield Mutant("chart_notes own shows nothing", roles=_without("chart-notes-own"))
    yield Mutant("chart_notes own shows all", roles=_and_too("chart-notes-own", "chart-notes-all"))
    yield Mutant("chart_notes all shows own", roles=_instead("chart-notes-all", "chart-notes-own"))
    yield Mutant("chart_notes none shows all", roles=lambda sheet: roles_of(sheet) | {"chart-notes-all"})
    yield Mutant("chart_notes none shows own", roles=lambda sheet: roles_of(sheet) | {"chart-notes-own"})
    yield Mutant("analytics all shows nothing", roles=_without("analytics-all"))
    yield Mutant("analytics none shows all", roles=lambda sheet: roles_of(sheet) | {"analytics-all"})
    levels = ("read-only", "demographics", "history", "prepare", "prepare-admin", "full")
    for level, other in zip(levels, [*levels[1:], levels[0]], strict=True):
        yield Mutant(f"erx_level {level} is left blank", roles=_without(f"erx-level.{level}"))
        yield Mutant(f"erx_level {level} is {other}", roles=_instead(f"erx-level.{level}", f"erx-level.{other}"))


def _without(role: str) -> RolesOf:
    return lambda sheet: roles_of(sheet) - {role}


def _and_too(role: str, other: str) -> RolesOf:
    return lambda sheet: _added(roles_of(sheet), role, other)


def _instead(role: str, other: str) -> RolesOf:
    return lambda sheet: _added(roles_of(sheet), role, other) - {role}


def _added(held: frozenset[str], role: str, other: str) -> frozenset[str]:
    return held | {other} if role in held else held


def of_memberships() -> Iterator[Mutant]:
    """Each property of a membership, the same for everybody; and the supervisor taken for the co-signer."""
    values: dict[str, tuple[Any, ...]] = {
        "active": (True,),
        "seat": ("provider", "clinical_staff", "office"),
        "seat_confirmed": (True, False),
        "cosigner": (None,),
        "others_can_edit_my_charts": (True, False),
        "erx_enabled": (True, False),
        "sessions_from": (None,),
    }
    for name, choices in values.items():
        for value in choices:
            yield Mutant(f"everybody's {name} is {value}", people=_members(lambda _, n=name, v=value: {n: v}))
    yield Mutant("the supervisor is a co-signer", people=_members(lambda m: {"cosigner": m.supervisor or m.cosigner}))
    for name, value in (("active", True), ("sessions_from", None)):
        yield Mutant(f"everybody's account has {name} {value}", people=_accounts({name: value}))


def _members(change: Callable[..., dict[str, Any]]) -> Callable[[Snapshot], Snapshot]:
    return lambda s: replace(s, memberships={who: replace(m, **change(m)) for who, m in s.memberships.items()})


def _accounts(values: dict[str, Any]) -> Callable[[Snapshot], Snapshot]:
    return lambda s: replace(s, people={who: replace(person, **values) for who, person in s.people.items()})


def of_ends() -> Iterator[Mutant]:
    """Grants without end, emergencies without end, owner or patient, and the practice's settings misread."""
    yield Mutant("no grant expires", people=_grants({"expires_at": None}))
    yield Mutant("emergencies are not ended", people=_emergencies(lambda _: {"ended_at": None}))
    yield Mutant("emergencies last a day longer", people=_emergencies(lambda e: {"until": e.until + timedelta(days=1)}))
    yield Mutant(
        "emergencies begin a day earlier",
        people=_emergencies(lambda e: {"started_at": e.started_at - timedelta(days=1)}),
    )
    yield Mutant("emergencies are for patient p1", people=_emergencies(lambda _: {"patient": "p1"}))
    yield Mutant("there are no emergencies", people=lambda s: replace(s, emergencies=()))
    for level in ("full", "none"):
        yield Mutant(f"a blank eRx level is {level}", people=_settings({"blank_erx_level": level}))
    yield Mutant("nobody owns the practice", people=_settings({"owner": None}))


def _grants(values: dict[str, Any]) -> Callable[[Snapshot], Snapshot]:
    return lambda s: replace(s, grants=tuple(replace(grant, **values) for grant in s.grants))


def _emergencies(change: Callable[..., dict[str, Any]]) -> Callable[[Snapshot], Snapshot]:
    return lambda s: replace(s, emergencies=tuple(replace(e, **change(e)) for e in s.emergencies))


def _settings(values: dict[str, Any]) -> Callable[[Snapshot], Snapshot]:
    return lambda s: replace(s, settings=replace(s.settings, **values))
