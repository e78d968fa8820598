"""What a decision is, in forty lines that call nothing of the service: the referee's own reading of the rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from authz.core.policy import Snapshot

Row = Sequence[str]


def allowed(rows: Collection[Row], sub: str, dom: str, obj: str, act: str, facts: frozenset[str]) -> bool:
    """Some rule of a held role allows, and none denies."""
    held = {row[2] for row in rows if row[0] == "g" and row[1] == sub and row[3] == dom}
    effects = set()
    for row in rows:
        if row[0] != "p":
            continue
        _, role, where, what, doing, when, effect = row
        if role in held and where in ("*", dom) and (what, doing) == (obj, act):
            needed = set() if when == "always" else set(when.split("+"))
            if needed <= facts:
                effects.add(effect)
    return "allow" in effects and "deny" not in effects


def rows_at(snapshot: Snapshot, now: datetime) -> list[Row]:
    """The rows that count at a moment, read off the snapshot the slow way."""
    rows: list[Row] = [["p", *rule.row()] for rule in snapshot.rules]
    for user, member in snapshot.memberships.items():
        if member.active and snapshot.people[user].active:
            rows.append(["g", str(user), "member", snapshot.practice.id])
    for grant in snapshot.grants:
        person, member = snapshot.people.get(grant.subject), snapshot.memberships.get(grant.subject)
        let_go = (person is not None and not person.active) or (member is not None and not member.active)
        unknown_user = grant.subject.kind == "user" and person is None
        no_member = grant.subject.kind == "user" and member is None and grant.practice.id != "*"
        over = grant.expires_at is not None and grant.expires_at <= now
        if not (let_go or unknown_user or no_member or over):
            rows.append(["g", str(grant.subject), grant.role, snapshot.practice.id])
    return rows
