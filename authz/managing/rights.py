"""What a writer may do, decided by the policy that the change is worked out from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from authz.checking.deciding import decide
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Context, Reason, Request, Resource
from authz.core.errors import AuthzError, NotAllowed, NotFound, StoreUnavailable
from authz.core.names import INSTALLATION, Subject
from authz.managing.terms import Need, Terms

OF_THE_INSTALLER: Final = "cli"


class Rights:
    """One writer's rights in one state of a practice. Whoever has the command line holds the installation itself."""

    def __init__(self, by: Terms, held: PolicyHeld, now: datetime) -> None:
        self._by, self._held, self._now = by, held, now
        self._all = by.actor.via == OF_THE_INSTALLER
        self._asked = self._all

    @property
    def subject(self) -> Subject | None:
        """The writer as a subject of the policy; None for the installer."""
        return None if self._all else Subject.parse(self._by.actor.subject)

    @property
    def asked(self) -> bool:
        """Whether some right was demanded, and found."""
        return self._asked

    def demand(self, needs: Iterable[Need]) -> None:
        """Raises NotAllowed for a right that is missing, NotFound where the writer or the person concerned is nobody.

        StoreUnavailable where the policy is damaged: then nobody's rights can be known.
        """
        for need in () if self._all else needs:
            reason = self._reason(need)
            if reason is not None:
                raise _refusal(reason, need, self._held.practice.id)
            self._asked = True

    def within(self, held: PolicyHeld) -> Rights:
        """The same writer's rights in another state of the practice."""
        return Rights(self._by, held, self._now)

    def have(self, need: Need) -> bool:
        """Whether the writer has this right."""
        return self._all or self._reason(need) is None

    def _reason(self, need: Need) -> Reason | None:
        """Why not, or None for a yes."""
        resource = Resource(need.resource, need.id, dict(need.attributes))
        context = Context(authenticated_at=self._by.signed_in, reason=self._by.reason)
        who = Subject.parse(self._by.actor.subject)
        request = Request(self._held.practice, who, need.action, resource, context)
        decision = decide(request, self._held, self._now)
        return None if decision.allowed else decision.reason


def _refusal(reason: Reason, need: Need, practice: str) -> AuthzError:
    match reason:
        case Reason.UNKNOWN_SUBJECT if practice != INSTALLATION.id:
            return NotFound("practice", practice)
        case Reason.NOT_FOUND:
            return NotFound("user", need.id or need.attributes.get("assignee", "") or need.attributes.get("owner", ""))
        case Reason.NOT_ONESELF:
            return NotAllowed("nobody changes their own access")
        case Reason.POLICY_DAMAGED:
            return StoreUnavailable("a row of the practice's policy that may be a denial cannot be read")
    return NotAllowed(f"no right to `{need.action}` here on `{need.resource}` ({reason})")
