"""Roles that a practice defines for itself, analytics roles among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from authz.core.changes import Actor, Change, Event, PracticeRole, PutRole, RemoveRole
from authz.core.errors import Conflict, NotFound
from authz.core.names import INSTALLATION, BadName, Practice, role_name
from authz.core.policy import Rule, Snapshot
from authz.core.ports import Store
from authz.managing.entries import Entries
from authz.managing.writing import write
from authz.policies import VOCABULARY
from authz.policies.conditions import REPORT_PREFIX
from authz.policies.vocabulary import did_you_mean

REPORT_ACTIONS: Final = ("list", "view", "export")


class Roles:
    """Use cases about a practice's own roles; each returns the new revision. The doors decide who may call them."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def put_role(
        self, actor: Actor, practice: Practice, id: str, name: str, rules: Sequence[Rule], reason: str = ""
    ) -> int:
        """Makes the role, or makes its name and rules these; what it allows changes with the next check."""
        own = tuple(Rule(id, practice, r.resource, r.action, r.conditions, r.effect) for r in rules)
        return self._put(actor, PracticeRole(practice, id, name, "role", own), Entries(), reason)

    def put_analytics_role(
        self, actor: Actor, practice: Practice, id: str, name: str, reports: Sequence[str], reason: str = ""
    ) -> int:
        """Makes the analytics role a set of exactly these reports; Invalid names each that is unknown."""
        entries = Entries()
        for index, report in enumerate(reports):
            if report not in VOCABULARY.reports:
                hint = did_you_mean(report, VOCABULARY.reports)
                entries.wrong(f"reports.{index}", f"there is no report `{report}`{hint}")
        rules = tuple(
            Rule(id, practice, "analytics_report", action, (f"{REPORT_PREFIX}{report}",))
            for report in dict.fromkeys(reports)
            for action in REPORT_ACTIONS
        )
        return self._put(actor, PracticeRole(practice, id, name, "analytics", rules), entries, reason)

    def remove(self, actor: Actor, practice: Practice, id: str, reason: str = "") -> int:
        """Removes the role; Conflict `role_in_use` while someone holds it, NotFound if there is none."""

        def work(snapshot: Snapshot) -> Change:
            before = self._present(practice, id)
            if before is None:
                raise NotFound("role", id)
            if any(grant.role == id and grant.practice == practice for grant in snapshot.grants):
                raise Conflict("role_in_use", f"someone holds the role `{id}`")
            event = Event(actor, "role_removed", f"role:{id}", _fields(before), {}, reason)
            return Change(practice, (RemoveRole(id),), (event,))

        return write(self._store, practice, work)

    def _put(self, actor: Actor, role: PracticeRole, entries: Entries, reason: str) -> int:
        title = entries.text("name", role.name)
        try:
            role_name(role.id)
        except BadName as error:
            entries.wrong("id", str(error))
        entries.settle()
        wanted = PracticeRole(role.practice, role.id, title, role.kind, role.rules)

        def work(snapshot: Snapshot) -> Change | None:
            if any(rule.role == role.id and rule.practice == INSTALLATION for rule in snapshot.rules):
                raise Conflict("id_taken", f"`{role.id}` is a shipped role")
            before = self._present(role.practice, role.id)
            if before is not None and before.kind != role.kind:
                raise Conflict("id_taken", f"`{role.id}` is a role of another kind")
            if before is not None and _fields(before) == _fields(wanted):
                return None
            event = Event(
                actor, "role_set", f"role:{role.id}", _fields(before) if before else {}, _fields(wanted), reason
            )
            return Change(role.practice, (PutRole(wanted),), (event,))

        return write(self._store, role.practice, work)

    def _present(self, practice: Practice, id: str) -> PracticeRole | None:
        return next((role for role in self._store.roles(practice) if role.id == id), None)


def _fields(role: PracticeRole) -> dict[str, object]:
    return {"name": role.name, "kind": role.kind, "rules": sorted(",".join(rule.row()[2:]) for rule in role.rules)}
