"""Access sheets filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from authz.core.changes import Event, Operation, PutMembership
from authz.core.names import Practice, Subject
from authz.core.people import AccessSheet
from authz.managing import sheets
from authz.managing.desk import Desk
from authz.managing.differing import differing
from authz.managing.entries import Entries
from authz.managing.scene import Scene
from authz.managing.terms import Draft, Need, Outcome, Terms


class Access:
    """Use cases about a member's access sheet; each answers with the sheet as it then is.

    All raise what `Desk.write` raises, and Invalid naming every bad field. Grants that no switch stands for stay.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def put(self, by: Terms, practice: Practice, user: Subject, sheet: AccessSheet) -> Outcome:
        """Makes this the person's access sheet."""
        return self._set(by, practice, user, lambda _: sheet)

    def patch(self, by: Terms, practice: Practice, user: Subject, given: Mapping[str, Any]) -> Outcome:
        """Sets the switches given and leaves the others; each name must be a field of the sheet."""
        return self._set(by, practice, user, lambda before: replace(before, **given))

    def _set(
        self, by: Terms, practice: Practice, user: Subject, become: Callable[[AccessSheet], AccessSheet]
    ) -> Outcome:
        def work(scene: Scene) -> Draft:
            member = scene.membership(user)
            analytics = sheets.analytics_ids(self._desk.store.roles(practice))
            before = sheets.present_sheet(scene.snapshot, member, analytics, scene.now)
            sheet = become(before)
            entries = Entries()
            sheets.check_sheet(entries, "", sheet, scene.snapshot, analytics)
            entries.settle()
            operations: list[Operation] = [
                *sheets.operations_for(scene.snapshot, user, sheet, analytics, by.actor.subject, scene.now)
            ]
            if member.others_can_edit_my_charts != sheet.others_can_edit_my_charts:
                shares = sheet.others_can_edit_my_charts
                operations.append(PutMembership(replace(member, others_can_edit_my_charts=shares)))
            was, becomes = differing(sheets.as_fields(before), sheets.as_fields(sheet))
            event = Event(by.actor, "access_set", str(user), was, becomes, by.reason)
            warnings = sheets.warnings(sheet, scene.snapshot, member, scene.now, before)
            return Draft(operations, [event] if operations else [], warnings=warnings, answer=sheet)

        return self._desk.write(by, practice, [Need("user", "set_access", user.id)], work)
