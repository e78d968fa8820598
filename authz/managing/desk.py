"""Where every change passes: the right to it, the guard-rails, its effects, and the store."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from authz.checking.effects import effects
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.applied import applied
from authz.core.changes import Change, Operation, PutGrant, PutPerson, PutRole
from authz.core.errors import Conflict, NotAllowed, NotFound, StaleExpectation, StoreUnavailable
from authz.core.names import INSTALLATION, Practice
from authz.core.people import PracticeSettings
from authz.core.policy import Snapshot
from authz.core.ports import Store
from authz.managing import guards
from authz.managing.elsewhere import with_elsewhere
from authz.managing.passage import Passage
from authz.managing.plans import plan_of
from authz.managing.rights import Rights
from authz.managing.scene import Scene
from authz.managing.terms import Draft, Need, Outcome, Terms
from authz.managing.turns import Turns

LONGEST_SECONDS: Final = 5.0
_LONGEST_PAUSE: Final = 0.005
Work = Callable[[Scene], Draft]


class Desk:
    """The one way from a use case to the store. No use case applies a change itself.

    What the policy lets the writer do, and what the guard-rails say, is decided on the very state that the change was
    worked out from, and the change goes through only on that state.
    """

    def __init__(self, store: Store, memory: Memory, clock: Callable[[], datetime]) -> None:
        """`memory` is what the checker answers from, so that both know the same."""
        self.store = store
        self._memory = memory
        self._clock = clock
        self._turns = Turns()

    def now(self) -> datetime:
        """This moment, as all use cases have it."""
        return self._clock()

    def write(self, by: Terms, practice: Practice, needs: Sequence[Need], work: Work) -> Outcome:
        """Applies what `work` makes of the practice as it is, and worked out anew if the practice has moved on.

        Raises NotAllowed without the rights in `needs`, NotFound where the writer is nobody, StaleExpectation if the
        practice is not at the revision that was expected, Conflict `plan_changed` if the effect is not the planned
        one, StoreUnavailable if others write there without a pause for so long, and whatever `work` and the
        guard-rails raise. Then nothing has changed.
        """
        _refuse_elsewhere(by, practice)
        return self._attempts(
            by, practice, lambda: self._attempt(by, practice, self.store.snapshot(practice), needs, work)
        )

    def open_practice(self, by: Terms, settings: PracticeSettings, needs: Sequence[Need], work: Work) -> Outcome:
        """Applies the change that makes a practice; the right to it is one in the whole installation."""
        _refuse_elsewhere(by, INSTALLATION)

        def attempt() -> Outcome:
            above = self.store.snapshot(INSTALLATION)
            rules = tuple(rule for rule in above.rules if rule.practice == INSTALLATION)
            empty = Snapshot(settings.practice, 0, settings, rules, above.grants, above.people, {})
            return self._attempt(by, settings.practice, empty, needs, work, above)

        return self._attempts(by, settings.practice, attempt)

    def _attempts(self, by: Terms, practice: Practice, attempt: Callable[[], Outcome]) -> Outcome:
        """The first attempt that goes through; who expected nothing of the practice is never told that it moved."""
        give_up = time.monotonic() + LONGEST_SECONDS
        with self._turns.taken(practice, LONGEST_SECONDS):
            while True:
                try:
                    return attempt()
                except StaleExpectation as moved:
                    # The store says so with equal numbers when something beside the practice has moved.
                    if by.expected is not None and moved.actual != moved.expected:
                        raise
                    if time.monotonic() >= give_up:
                        raise StoreUnavailable(f"others keep writing to `{practice}`") from moved
                # Chance parts processes that write at once. Longer pauses would leave the field to whoever came last.
                time.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311

    def _attempt(
        self,
        by: Terms,
        practice: Practice,
        snapshot: Snapshot,
        needs: Sequence[Need],
        work: Work,
        above: Snapshot | None = None,
    ) -> Outcome:
        now = self.now()
        before = PolicyHeld(snapshot, self._memory, now)
        rights = Rights(by, PolicyHeld(above, self._memory, now) if above else before, now)
        rights.demand(needs)
        seen = (above or snapshot).revision
        if by.expected is not None and by.expected != seen:
            raise StaleExpectation(by.expected, seen)
        draft = work(Scene(snapshot, rights, self._memory, now))
        rights.demand(draft.needs)
        arriving = (PutPerson(person) for person in draft.arriving)
        left = applied(snapshot, (*arriving, *draft.operations))
        after = PolicyHeld(left, self._memory, now)
        found = effects(before, after, now)
        analytics = self._analytics(practice, draft.operations)
        guards.check(Passage(snapshot, left, found, rights, rights.within(after), now, analytics))
        plan = plan_of(practice, found, draft)
        if by.plan is not None and by.plan != plan:
            raise Conflict("plan_changed", "the change would no longer have exactly the effect that was planned")
        unwritten = Outcome(snapshot.revision, found, plan, left, (*draft.warnings,), False, draft.answer)
        if not draft.operations:
            return unwritten
        change = Change(practice, (*draft.operations,), (*draft.events,), None if above else snapshot.revision)
        change = with_elsewhere(self.store, change, snapshot)
        if by.dry_run:
            # What only the store refuses, a taken address say, is refused to whoever tries it first.
            self.store.rehearse(change)
            return unwritten
        revision = self.store.apply(change)
        return Outcome(revision, found, plan, left, (*draft.warnings,), True, draft.answer)

    def _analytics(self, practice: Practice, operations: Sequence[Operation]) -> frozenset[str]:
        """The ids of the practice's analytics roles, if the operations give roles or make them."""
        made = [operation.role for operation in operations if isinstance(operation, PutRole)]
        if not made and not any(isinstance(operation, PutGrant) for operation in operations):
            return frozenset()
        return frozenset(role.id for role in (*self.store.roles(practice), *made) if role.kind == "analytics")


def _refuse_elsewhere(by: Terms, practice: Practice) -> None:
    """A key that opens one practice knows of no other, and does nothing above it."""
    if by.only_in in (None, practice):
        return
    if practice == INSTALLATION:
        raise NotAllowed("the key is for one practice only")
    raise NotFound("practice", practice.id)
