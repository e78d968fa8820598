"""What a use case sees while it works out a change: the practice as it is, this moment, the writer's rights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from authz.checking.deciding import decide
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.applied import applied
from authz.core.changes import Operation
from authz.core.decision import Request, Resource
from authz.core.errors import NotFound
from authz.core.names import Subject
from authz.core.people import Membership, Person
from authz.core.policy import Snapshot
from authz.managing.rights import Rights
from authz.managing.terms import Need


@dataclass(frozen=True, slots=True)
class Scene:
    """The state that a change is worked out from; the change goes through on no other."""

    snapshot: Snapshot
    rights: Rights
    memory: Memory
    now: datetime

    def membership(self, user: Subject) -> Membership:
        """The person's membership here, active or not; NotFound if there is none."""
        found = self.snapshot.memberships.get(user)
        if found is None:
            raise NotFound("user", user.id)
        return found

    def person(self, user: Subject) -> Person:
        """The account of a member; NotFound if there is none."""
        self.membership(user)
        return self.snapshot.people[user]

    def may(self, subject: Subject, need: Need) -> bool:
        """Whether somebody, not the writer, has a right as the practice is."""
        resource = Resource(need.resource, need.id, need.attributes)
        request = Request(self.snapshot.practice, subject, need.action, resource)
        return decide(request, PolicyHeld(self.snapshot, self.memory, self.now), self.now).allowed

    def may_after(self, operations: Iterable[Operation], need: Need) -> bool:
        """Whether the writer has a right once these operations are done: it may concern somebody who comes by them."""
        becomes = PolicyHeld(applied(self.snapshot, operations), self.memory, self.now)
        return self.rights.within(becomes).have(need)
