"""What is stored of a practice, or of the whole installation: grants, admins, roles and seats that ask for a look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Final

from authz.core.moments import told
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.policy import Grant, Snapshot
from authz.policies.in_force import active, rows_in_force
from authz.policies.relations import ADMIN, PRACTITIONER
from authz.policies.vocabulary import did_you_mean
from authz.reviewing.linting.files import Placed
from authz.reviewing.linting.findings import Finding

MOST_ADMINS: Final = 5


def source_of(practice: Practice) -> str:
    """How findings name what is stored."""
    return "the whole installation" if practice == INSTALLATION else f"practice {practice}"


class Looked:
    """One practice at one moment; each method is one thing to look at."""

    def __init__(self, snapshot: Snapshot, own_roles: Collection[str], now: datetime) -> None:
        """`own_roles` are those that the practice defined, permissions or none."""
        self._snapshot, self._own_roles, self._now = snapshot, own_roles, now
        self._source = source_of(snapshot.practice)
        self._held = rows_in_force(snapshot, now).roles

    @property
    def own_rules(self) -> list[Placed]:
        """The rules that are the practice's alone."""
        here = self._snapshot.practice
        own = [r for r in self._snapshot.rules if r.practice == here and here != INSTALLATION]
        return [Placed(rule, self._source, where=f"role {rule.role}: {','.join(rule.row()[2:])}") for rule in own]

    @property
    def involved(self) -> set[Subject]:
        """Members, and whoever was granted a role here."""
        return {*self._snapshot.memberships, *(grant.subject for grant in self._grants())}

    def findings(self, most_admins: int = MOST_ADMINS) -> Iterator[Finding]:
        """All there is to say, in no order."""
        yield from self._bad_rows()
        yield from self._grants_in_vain()
        yield from self._roles()
        if self._snapshot.practice != INSTALLATION:
            yield from self._leading(most_admins)
            yield from self._seats()

    def _grants(self) -> list[Grant]:
        return [grant for grant in self._snapshot.grants if grant.practice == self._snapshot.practice]

    def _bad_rows(self) -> Iterator[Finding]:
        for row in self._snapshot.bad_rows:
            fields = ", ".join(field for field in row.fields if field)
            stopped = "; it may be a denial, so nothing is allowed here until it is mended" if row.may_deny else ""
            yield self._finding("row-set-aside", f"`{fields}`: {row.problem}{stopped}", f"row {row.id}")

    def _grants_in_vain(self) -> Iterator[Finding]:
        known = {*self._own_roles, *(rule.role for rule in self._snapshot.rules)}
        left: defaultdict[Subject, list[str]] = defaultdict(list)
        for grant in self._grants():
            who, role, where = grant.subject, grant.role, f"grant of {grant.role} to {grant.subject}"
            if role not in known:
                hint = did_you_mean(role, known).removeprefix("; ")
                yield self._finding("grant-of-no-role", f"`{who}` was granted `{role}`, which is no role", where, hint)
            if not grant.in_force(self._now) and grant.expires_at is not None:
                ended = f"`{who}` held `{role}` until {told(grant.expires_at)}"
                yield self._finding("grant-expired", f"{ended}; the grant is still kept", where)
            elif self._stranger(who):
                yield self._finding("grant-to-no-member", f"`{who}` was granted `{role}` and is no member", where)
            elif not active(self._snapshot, who):
                left[who].append(role)
        for who, roles in left.items():
            keeps = ", ".join(f"`{role}`" for role in sorted(roles))
            yield self._finding("grant-to-who-left", f"`{who}` was let go and keeps {keeps}", f"grants to {who}")

    def _stranger(self, who: Subject) -> bool:
        if who.kind == "service":
            return False
        members = self._snapshot.people if self._snapshot.practice == INSTALLATION else self._snapshot.memberships
        return who not in members

    def _roles(self) -> Iterator[Finding]:
        granted = {grant.role for grant in self._grants() if grant.in_force(self._now)}
        for role in sorted({*self._own_roles} - granted):
            yield self._finding("role-unused", f"nobody holds the role `{role}`", f"role {role}")
        rules = self.own_rules
        for role in sorted({one.rule.role for one in rules} - {*self._own_roles}):
            said = f"rows give permissions to `{role}`, which the practice does not list among its roles"
            yield self._finding(
                "role-unheld", said, f"role {role}", "make it with `authz roles put`, or remove the rows"
            )

    def _leading(self, most_admins: int) -> Iterator[Finding]:
        owner = self._snapshot.settings.owner
        admins = sorted(who for who, roles in self._held.items() if ADMIN in roles)
        if owner is None:
            yield self._finding("owner-unfit", "the practice has no owner", "owner")
        elif owner not in admins:
            is_no = "active admin" if owner in self._held else "active member"
            yield self._finding("owner-unfit", f"the owner `{owner}` is no {is_no}", "owner")
        if len(admins) > most_admins:
            names = ", ".join(f"`{admin}`" for admin in admins)
            yield self._finding("too-many-admins", f"{len(admins)} admins, more than {most_admins}: {names}", "admins")

    def _seats(self) -> Iterator[Finding]:
        for who, member in sorted(self._snapshot.memberships.items()):
            if member.paid_seat and active(self._snapshot, who) and PRACTITIONER not in self._held.get(who, ()):
                said = f"`{who}` has the paid seat `{member.seat}` and is no practitioner"
                yield self._finding("seat-unused", said, f"seat of {who}")

    def _finding(self, check: str, message: str, where: str, hint: str = "") -> Finding:
        return Finding(check, self._source, 0, message, hint, where)
