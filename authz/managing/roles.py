"""Roles that a practice defines for itself, analytics roles among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from authz.core.changes import Event, PracticeRole, PutRole, RemoveRole
from authz.core.errors import Conflict, NotFound
from authz.core.names import INSTALLATION, BadName, Practice, role_name
from authz.core.policy import Rule
from authz.managing.desk import Desk
from authz.managing.entries import Entries
from authz.managing.guards import delegable
from authz.managing.scene import Scene
from authz.managing.terms import Draft, Need, Outcome, Terms
from authz.policies import VOCABULARY
from authz.policies.conditions import REPORT_PREFIX
from authz.policies.rows import rule_of
from authz.policies.switches import LEVEL_PREFIX, RESERVED
from authz.policies.vocabulary import did_you_mean

REPORT_ACTIONS: Final = ("list", "view", "export")
MOST_PERMISSIONS: Final = 500  # and reports, each of which is a permission to list, view and export
TOO_MANY: Final = f"must not hold more than {MOST_PERMISSIONS}"
_NAMES: Final = {"role": "a role", "analytics": "an analytics role"}
_NAMED: Final = 2
_KINDS: Final = {"role": "role", "analytics": "analytics_role"}


@dataclass(frozen=True, slots=True)
class Wish:
    """A permission as somebody asks for it: a resource type, an action, and a condition such as `own+draft`."""

    resource: str
    action: str
    condition: str = "always"


class Roles:
    """Use cases about a practice's own roles; each answers with the role. All raise what `Desk.write` raises.

    With `new` a role that is there already is a Conflict; without it, it becomes what is given.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def put_role(
        self, by: Terms, practice: Practice, id: str, name: str, permissions: Sequence[Wish], *, new: bool = False
    ) -> Outcome:
        """Makes the role, or makes its name and permissions these; what it allows changes with the next check.

        Invalid names each permission that the vocabulary does not know or does not let a practice delegate.
        """
        entries = Entries()
        wished = [permission(entries, f"permissions.{index}", wish) for index, wish in enumerate(permissions)]
        if len(permissions) > MOST_PERMISSIONS:
            entries.wrong("permissions", TOO_MANY)
        rules = [Rule(id, practice, rule.resource, rule.action, rule.conditions) for rule in wished if rule is not None]
        found = tuple(dict.fromkeys(rules))
        return self._put(by, PracticeRole(practice, id, name, "role", found), entries, new)

    def put_analytics_role(
        self, by: Terms, practice: Practice, id: str, name: str, reports: Sequence[str], *, new: bool = False
    ) -> Outcome:
        """Makes the analytics role a set of exactly these reports; Invalid names each that is unknown."""
        entries = Entries()
        for index, report in enumerate(reports):
            known_report(entries, f"reports.{index}", report)
        rules = tuple(
            Rule(id, practice, "analytics_report", action, (f"{REPORT_PREFIX}{report}",))
            for report in dict.fromkeys(reports)
            for action in REPORT_ACTIONS
        )
        return self._put(by, PracticeRole(practice, id, name, "analytics", rules), entries, new)

    def remove(self, by: Terms, practice: Practice, kind: str, id: str) -> Outcome:
        """Removes the role; Conflict `role_in_use` while someone holds it, NotFound if there is none of this kind."""

        def work(scene: Scene) -> Draft:
            before = self._present(practice, id)
            if before is None or before.kind != kind:
                raise NotFound("role", id)
            holders = sorted(str(g.subject) for g in scene.snapshot.grants if (g.role, g.practice) == (id, practice))
            if holders:
                raise Conflict("role_in_use", f"the role `{id}` is still granted to {_some(holders)}")
            event = Event(by.actor, "role_removed", f"role:{id}", _fields(before), {}, by.reason)
            return Draft([RemoveRole(id)], [event])

        return self._desk.write(by, practice, [Need(_KINDS[kind], "delete")], work)

    def _put(self, by: Terms, role: PracticeRole, entries: Entries, new: bool) -> Outcome:
        title = entries.text("name", role.name)
        try:
            role_name(role.id)
        except BadName as error:
            entries.wrong("id", str(error))
        if role.id in RESERVED or role.id.startswith(LEVEL_PREFIX):
            entries.wrong("id", f"`{role.id}` is a word of the access sheet and no role's name")
        entries.settle()
        wanted = PracticeRole(role.practice, role.id, title, role.kind, role.rules)

        def work(scene: Scene) -> Draft:
            if any(rule.role == role.id and rule.practice == INSTALLATION for rule in scene.snapshot.rules):
                raise Conflict("id_taken", f"`{role.id}` is a shipped role")
            before = self._present(role.practice, role.id)
            if before is not None and (new or before.kind != role.kind):
                raise Conflict("id_taken", f"`{role.id}` is {_NAMES[before.kind]} of the practice already")
            needs = [Need(_KINDS[role.kind], "update" if before else "create")]
            if before is not None and _fields(before) == _fields(wanted):
                return Draft(needs=needs, answer=before)
            was, becomes = _fields(before) if before else {}, _fields(wanted)
            event = Event(by.actor, "role_set", f"role:{role.id}", was, becomes, by.reason)
            return Draft([PutRole(wanted)], [event], needs, answer=wanted)

        return self._desk.write(by, role.practice, [Need(_KINDS[role.kind], "create")], work)

    def _present(self, practice: Practice, id: str) -> PracticeRole | None:
        return next((role for role in self._desk.store.roles(practice) if role.id == id), None)


def permission(entries: Entries, field: str, wish: Wish) -> Rule | None:
    """The wish as a rule of some role in some practice; notes what the vocabulary has against it."""
    try:
        rule = rule_of(["role", "practice", wish.resource, wish.action, wish.condition, "allow"])
    except ValueError as error:
        entries.wrong(field, str(error))
        return None
    if not delegable(rule):
        entries.wrong(field, f"no practice may put {rule.action} of {rule.resource} into a role")
    return rule


def known_report(entries: Entries, field: str, report: str) -> None:
    """Notes a report that is not in the catalogue."""
    if report not in VOCABULARY.reports:
        hint = did_you_mean(report, VOCABULARY.reports)
        entries.wrong(field, f"there is no report `{report[:100]}`{hint}")


def _fields(role: PracticeRole) -> dict[str, object]:
    return {"name": role.name, "kind": role.kind, "rules": sorted(",".join(rule.row()[2:]) for rule in role.rules)}


def _some(holders: Sequence[str]) -> str:
    named = [f"`{holder}`" for holder in holders[:_NAMED]]
    further = len(holders) - len(named)
    return f"{', '.join(named)} and {further} more" if further else " and ".join(named)
