"""Roles by the ways in which somebody comes to hold them: those that nobody can hold, and those misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Final

from authz.policies.in_force import MEMBER
from authz.policies.pack import PACK
from authz.policies.switches import GIVEN_ABOVE, SINGLE_ROLES, is_sheet_role
from authz.reviewing.linting.files import Placed
from authz.reviewing.linting.findings import Finding

_GIVEN: Final = frozenset({MEMBER, *SINGLE_ROLES, *GIVEN_ABOVE})
_ALMOST: Final = 0.85
MOST_TOLD: Final = 1_000


def of_roles(placed: Iterable[Placed]) -> Iterator[Finding]:
    """A finding at the first row of each role that no switch gives and that is none of the installation's.

    Of more such roles than anybody reads the first ones are told.
    """
    rows = [*placed]
    appointing = any(map(_appoints, rows))
    first = {one.rule.role: one for one in reversed(rows)}
    strange = [first[role] for role in first if role not in _GIVEN and not is_sheet_role(role, ())]
    strange.sort(key=lambda one: (one.source, one.line))
    for one in strange[:MOST_TOLD]:
        yield from _of_role(one, appointing=appointing)
    if len(strange) > MOST_TOLD:
        told = f"{len(strange) - MOST_TOLD} more roles from here on that no switch gives; these were not looked at"
        yield strange[MOST_TOLD].finding("too-many-findings", told)


def _of_role(one: Placed, *, appointing: bool) -> Iterator[Finding]:
    role = one.rule.role
    meant = difflib.get_close_matches(role, sorted(_GIVEN), n=1, cutoff=_ALMOST)
    if meant:
        told = f"no switch gives `{role}`: whoever should hold it does not"
        yield one.finding("role-misspelt", told, f"did you mean `{meant[0]}`?")
    elif not appointing:
        told = f"nobody can be given `{role}`: no switch gives it, and no row lets anybody appoint people to roles"
        yield one.finding("role-unheld", told)
    elif PACK is None:
        told = f"no switch of the access sheet gives `{role}`; it is held only where it was granted by name"
        yield one.finding("role-by-hand", told)


def _appoints(one: Placed) -> bool:
    rule = one.rule
    return (rule.resource, rule.action, rule.effect) == ("grant", "appoint", "allow")
