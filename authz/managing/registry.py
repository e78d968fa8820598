"""What services tell of a practice's resources, kept for decisions to go by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from authz.core.changes import Event, Operation, PutEntries, RemoveEntries
from authz.core.errors import Invalid
from authz.core.names import Practice
from authz.core.registry import Entry, Named
from authz.managing.desk import Desk
from authz.managing.scene import Scene
from authz.managing.terms import Draft, Need, Outcome, Terms

MOST_AT_ONCE: Final = 1000
REGISTERED: Final = "resources_registered"
MANY: Final = "registry"  # the target of an event that tells of several resources
_TYPE: Final = "resource_registry"


class Registry:
    """Use cases about registered resources; they raise what `Desk.write` raises.

    Entries are made by `authz.policies.registering`, so that only what a question could state is ever stored.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def put(self, by: Terms, practice: Practice, entries: Sequence[Entry], gone: Sequence[Named] = ()) -> Outcome:
        """Stores exactly this for these resources and forgets those that are `gone`, all of it or nothing.

        What is stored already is not written again. Raises Invalid where a resource stands there twice, or they are
        more than a thousand.
        """
        names = [*(entry.named for entry in entries), *gone]
        if len(names) > MOST_AT_ONCE:
            raise Invalid.field("resources", f"must not be more than {MOST_AT_ONCE} at once")
        if len({*names}) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise Invalid.field("resources", f"`{twice[0]}` `{twice[1]}` stands there twice")
        needs = [Need(_TYPE, "register")] if entries else []
        needs += [Need(_TYPE, "remove")] if gone or not entries else []

        def work(scene: Scene) -> Draft:
            stored = self._desk.store.registered(practice, names)[1]
            come = tuple(entry for entry in entries if stored.get(entry.named) != entry.attributes)
            left = tuple(name for name in gone if name in stored)
            operations: list[Operation] = []
            operations += [PutEntries(come)] if come else []
            operations += [RemoveEntries(left)] if left else []
            if not operations:
                return Draft(answer=0)
            changed = [*(entry.named for entry in come), *left]
            was = {shown(name): dict(stored[name]) for name in changed if name in stored}
            becomes = {shown(entry.named): dict(entry.attributes) for entry in come}
            target = shown(changed[0]) if len(changed) == 1 else MANY
            event = Event(by.actor, REGISTERED, target, was, becomes, by.reason)
            return Draft(operations, [event], answer=len(changed))

        return self._desk.write(by, practice, needs, work)


def shown(name: Named) -> str:
    """How the record names a resource."""
    return f"{name[0]}:{name[1]}"
