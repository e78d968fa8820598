"""Practices open, set what holds for all of their people, and pass to another owner."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from authz.core.changes import CreatePractice, Event, Operation, PutGrant, PutMembership, PutPerson, PutSettings
from authz.core.errors import Conflict
from authz.core.names import Practice, Subject
from authz.core.people import Membership, PracticeSettings
from authz.core.policy import Grant
from authz.managing.desk import Desk
from authz.managing.details import details_of
from authz.managing.differing import differing
from authz.managing.entries import Entries
from authz.managing.scene import Scene
from authz.managing.terms import Draft, Need, Outcome, Terms
from authz.policies.relations import ADMIN
from authz.policies.switches import ANALYTICS_ALL, BLANK_LEVELS


class Practices:
    """Use cases about whole practices. All raise what `Desk.write` raises, and Invalid naming every bad field."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def open(
        self, by: Terms, practice: Practice, name: str, owner_id: str | None, owner_email: str, owner_name: str
    ) -> Outcome:
        """Opens a practice with its owner, who is its first admin and whose home it is; answers with the owner."""
        entries = Entries()
        title = entries.text("name", name)
        identity = owner_id or uuid.uuid4().hex
        owner = entries.person("owner.", identity, owner_email, owner_name, practice)
        entries.settle()
        settings = PracticeSettings(practice, title, owner.subject)

        def work(scene: Scene) -> Draft:
            grants = [
                Grant(owner.subject, role, practice, by.actor.subject, scene.now) for role in (ADMIN, ANALYTICS_ALL)
            ]
            operations: list[Operation] = [
                CreatePractice(settings),
                PutPerson(owner, new=True),
                PutMembership(Membership(owner.subject, practice)),
                *map(PutGrant, grants),
            ]
            after = {"name": title, "owner": str(owner.subject), "account": details_of(owner)}
            event = Event(by.actor, "practice_created", f"practice:{practice}", after=after, reason=by.reason)
            minted = () if owner_id else (identity,)
            return Draft(operations, [event], minted=minted, answer=owner.subject)

        return self._desk.open_practice(by, settings, [Need("practice", "create")], work)

    def set_up(
        self,
        by: Terms,
        practice: Practice,
        *,
        name: str | None = None,
        blank_erx_level: str | None = None,
        explain: bool | None = None,
        supplied: Mapping[str, Sequence[str]] | None = None,
    ) -> Outcome:
        """Changes those settings that are given: the name, what an eRx level left blank means, whether AuthZEN answers
        explain themselves unasked, and which attributes callers may state of which resource types.
        """
        entries = Entries()
        title = None if name is None else entries.text("name", name)
        if blank_erx_level is not None:
            entries.choice("blank_erx_level", blank_erx_level, BLANK_LEVELS)
        stated = None if supplied is None else entries.supplied("supplied", supplied)
        entries.settle()

        def work(scene: Scene) -> Draft:
            before = scene.snapshot.settings
            after = replace(
                before,
                name=title or before.name,
                blank_erx_level=blank_erx_level or before.blank_erx_level,
                explain=before.explain if explain is None else explain,
                supplied=before.supplied if stated is None else stated,
            )
            was, becomes = differing(_fields(before), _fields(after))
            event = Event(by.actor, "settings_set", f"practice:{practice}", was, becomes, by.reason)
            return Draft([PutSettings(after)], [event]) if was else Draft()

        return self._desk.write(by, practice, [Need("settings", "update")], work)

    def hand_over(self, by: Terms, practice: Practice, owner: Subject) -> Outcome:
        """Makes another active admin the owner, which only the present owner may do."""

        def work(scene: Scene) -> Draft:
            before = scene.snapshot.settings
            scene.membership(owner)
            if before.owner == owner:
                return Draft()
            if scene.person(owner).home != practice:
                # Another practice could let its own people go, and with them whoever owns this one.
                raise Conflict("guest", f"`{owner}` is a guest here; a practice is owned by one of its own")
            after = replace(before, owner=owner)
            was, becomes = differing(_fields(before), _fields(after))
            event = Event(by.actor, "ownership_transferred", str(owner), was, becomes, by.reason)
            return Draft([PutSettings(after)], [event])

        return self._desk.write(by, practice, [Need("ownership", "transfer")], work)


def _fields(settings: PracticeSettings) -> dict[str, object]:
    return {
        "name": settings.name,
        "blank_erx_level": settings.blank_erx_level,
        "owner": str(settings.owner) if settings.owner else None,
        "explain": settings.explain,
        "supplied": {type: sorted(names) for type, names in settings.supplied.items()},
    }
