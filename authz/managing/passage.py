"""A change seen whole: the practice as it is and as it would be, what that gives and takes, and who makes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from authz.checking.effects import Effect
from authz.core.policy import Grant, Snapshot
from authz.managing.rights import Rights
from authz.policies.in_force import active


@dataclass(frozen=True, slots=True)
class Passage:
    """A practice before and after a change, and the rights of whoever makes it.

    `analytics` are the ids of its analytics roles afterwards, as far as the change gives roles or makes them.
    """

    before: Snapshot
    after: Snapshot
    effects: tuple[Effect, ...]
    rights: Rights
    rights_after: Rights
    now: datetime
    analytics: frozenset[str] = frozenset()

    def came(self) -> list[Grant]:
        """The practice's grants that the change makes, or makes to last otherwise."""
        known = {kept(grant) for grant in self.before.grants}
        return [grant for grant in self.after.grants if kept(grant) not in known]

    def went(self) -> list[Grant]:
        """The practice's grants that the change ends, those aside that go with somebody who is let go."""
        left = {(grant.subject, grant.role, grant.practice) for grant in self.after.grants}
        gone = (g for g in self.before.grants if (g.subject, g.role, g.practice) not in left)
        return [g for g in gone if active(self.after, g.subject) or not active(self.before, g.subject)]


def kept(grant: Grant) -> tuple[object, ...]:
    """What makes a grant another one."""
    return grant.subject, grant.role, grant.practice, grant.expires_at
