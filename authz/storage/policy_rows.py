"""Stored rows read into rules and grants; those that are neither are set aside, with an alarm."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

from authz.core.names import INSTALLATION, BadName, Practice
from authz.core.policy import BadRow, Grant, Rule
from authz.policies.rows import grant_fields_of, rule_of
from authz.storage.moments import read_moment

log = logging.getLogger("authz.storage")
_GRANT_FIELDS: Final = 3
_LONGEST_SHOWN: Final = 200
_UNKNOWN_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Stored(NamedTuple):
    """A row of `casbin_rule` as it came out of the database; nothing in it has been checked."""

    id: int
    ptype: object
    v0: object
    v1: object
    v2: object
    v3: object
    v4: object
    v5: object
    granted_by: object
    origin: object
    granted_at: object
    expires_at: object

    @property
    def fields(self) -> tuple[object, ...]:
        """The six fields that Casbin knows."""
        return self[2:8]


@dataclass(frozen=True, slots=True)
class PolicyRows:
    """What the rows of one practice say, in the order of their ids."""

    rules: tuple[Rule, ...]
    grants: tuple[Grant, ...]
    bad: tuple[BadRow, ...]


def read_rows(practice: Practice, stored: Iterable[Stored]) -> PolicyRows:
    """The rules, the grants and what was set aside; each bad row is logged as `policy_row_set_aside`."""
    rules: list[Rule] = []
    grants: list[Grant] = []
    bad: list[BadRow] = []
    for row in stored:
        try:
            if row.ptype == "g":
                grants.append(_grant(row, practice))
            else:
                rules.append(_rule(row, practice))
        except (ValueError, BadName) as error:
            bad.append(_set_aside(row, str(error), practice))
    if any(rule.effect != "allow" for rule in rules):
        # A role may deny here, so a lost grant may be a lost denial.
        bad = [replace(row, may_deny=True) for row in bad]
    return PolicyRows(tuple(rules), tuple(grants), tuple(bad))


def _rule(row: Stored, practice: Practice) -> Rule:
    if row.ptype != "p":
        raise ValueError(f"a row is of kind `p` or `g`, not `{_shown(row.ptype)}`")
    rule = rule_of(_texts(row.fields), _shown(row.origin))
    if rule.practice not in (practice, INSTALLATION):
        raise ValueError("the row came with another practice's")
    return rule


def _grant(row: Stored, practice: Practice) -> Grant:
    fields = _texts(row.fields)
    subject, role, where = grant_fields_of(fields if any(fields[_GRANT_FIELDS:]) else fields[:_GRANT_FIELDS])
    if where not in (practice, INSTALLATION):
        raise ValueError("the row came with another practice's")
    try:
        granted_at, expires_at = read_moment(row.granted_at), read_moment(row.expires_at)
    except (ValueError, OverflowError) as error:
        raise ValueError("a time of the grant is none") from error
    return Grant(subject, role, where, _shown(row.granted_by), granted_at or _UNKNOWN_MOMENT, expires_at)


def _texts(fields: tuple[object, ...]) -> list[str]:
    found = [field for field in fields if isinstance(field, str)]
    if len(found) != len(fields):
        raise ValueError("a field is no text")
    return found


def _set_aside(row: Stored, problem: str, practice: Practice) -> BadRow:
    may_deny = row.ptype != "g" and row.v5 != "allow"
    facts = {"practice": practice.id, "row": row.id, "problem": problem[:_LONGEST_SHOWN], "may_deny": may_deny}
    log.warning("policy_row_set_aside", extra=facts)
    return BadRow(row.id, (_shown(row.ptype), *map(_shown, row.fields)), problem, may_deny)


def _shown(value: object) -> str:
    return str(value)[:_LONGEST_SHOWN] if value is not None else ""
