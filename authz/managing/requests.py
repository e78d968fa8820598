"""What one person asks for and another has to allow: enablement for eRx, and paid seats."""

from __future__ import annotations

from dataclasses import replace

from authz.core.changes import Event, Operation, PutAccessRequest, PutMembership
from authz.core.errors import Conflict, Invalid, NotAllowed, NotFound
from authz.core.names import KINDS, Practice, Subject
from authz.core.people import REQUEST_KINDS, AccessRequest, Membership
from authz.managing.desk import Desk
from authz.managing.entries import Entries
from authz.managing.scene import Scene
from authz.managing.seats import PAID_SEAT, fresh_id, made_event
from authz.managing.terms import Draft, Need, Outcome, Terms
from authz.policies.in_force import active


class Requests:
    """Use cases about requests; each answers with the request as it then is. All raise what `Desk.write` raises."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def ask(self, by: Terms, practice: Practice, kind: str, user: Subject) -> Outcome:
        """Asks for a person's enablement for eRx, as only a prescriber may, or again for a paid seat.

        Invalid for oneself; Conflict `already_asked` while a request waits, `nothing_to_ask` when there is no need.
        """
        entries = Entries()
        entries.choice("kind", kind, REQUEST_KINDS)
        entries.settle()
        asker = by.actor.subject
        need = Need("access_request", "create", "", {"owner": asker, "kind": kind})

        def work(scene: Scene) -> Draft:
            member = scene.membership(user)
            if str(user) == asker and kind != PAID_SEAT:
                raise Invalid.field("user", "must be someone else")
            if not active(scene.snapshot, user):
                raise Invalid.field("user", f"`{user}` was let go")
            if kind == PAID_SEAT and member.seat_confirmed:
                raise Conflict("nothing_to_ask", f"the seat of `{user}` waits for nothing")
            if kind != PAID_SEAT and member.erx_enabled:
                raise Conflict("nothing_to_ask", f"`{user}` is enabled already")
            waiting = self._desk.store.access_requests(practice, state="pending", user=user)
            if any(request.kind == kind for request in waiting):
                raise Conflict("already_asked", f"such a request for `{user}` waits for its decision")
            seat = member.seat if kind == PAID_SEAT else ""
            made = AccessRequest(fresh_id(scene.now), practice, kind, user, asker, scene.now, by.reason, seat)
            return Draft([PutAccessRequest(made)], [made_event(by, made)], minted=[made.id], answer=made)

        return self._desk.write(by, practice, [need], work)

    def approve(self, by: Terms, practice: Practice, id: str) -> Outcome:
        """Allows what was asked for, which then is so. NotAllowed to whoever asked, and to the person concerned."""
        return self._decide(by, practice, id, "approved")

    def deny(self, by: Terms, practice: Practice, id: str) -> Outcome:
        """Refuses what was asked for, which then stays as it is. NotAllowed to whoever asked."""
        return self._decide(by, practice, id, "denied")

    def _decide(self, by: Terms, practice: Practice, id: str, state: str) -> Outcome:
        action = "approve" if state == "approved" else "deny"

        def work(scene: Scene) -> Draft:
            found = self._desk.store.access_request(practice, id)
            if found is None:
                raise NotFound("request", id)
            if by.actor.subject in (found.asked_by, str(found.user)):
                raise NotAllowed("nobody decides what they asked for, or what concerns themselves")
            if found.state == state:
                return Draft(answer=found)
            if found.state != "pending":
                raise Conflict("already_decided", f"the request is {found.state}")
            decided = replace(
                found, state=state, decided_by=by.actor.subject, decided_at=scene.now, decision_reason=by.reason
            )
            operations: list[Operation] = [PutAccessRequest(decided)]
            if state == "approved":
                _refuse_outdated(found, scene)
                operations.append(PutMembership(_granted(found, scene.membership(found.user))))
            was, becomes = {"kind": found.kind, "state": found.state, "id": id}, {"state": state}
            event = Event(by.actor, f"request_{state}", str(found.user), was, becomes, by.reason)
            return Draft(operations, [event], [_right(action, found, scene)], answer=decided)

        return self._desk.write(by, practice, [Need("access_request", "read")], work)


def _right(action: str, request: AccessRequest, scene: Scene) -> Need:
    """The right to decide what somebody else asked for; one asked for from the command line is everybody else's."""
    asker = Subject.parse(request.asked_by) if request.asked_by.partition(":")[0] in KINDS else None
    owner = asker if asker in scene.snapshot.memberships else request.user
    return Need("access_request", action, "", {"owner": str(owner), "kind": request.kind})


def _refuse_outdated(request: AccessRequest, scene: Scene) -> None:
    """What was asked for by, or for, somebody who has been let go since is asked for anew when they are back.

    So is an enablement whose asker may not ask for one any more.
    """
    asker = Subject.parse(request.asked_by) if request.asked_by.startswith("user:") else request.user
    for who in (request.user, asker):
        if who in scene.snapshot.memberships and not active(scene.snapshot, who):
            raise Conflict("inactive", f"`{who}` has been let go")
    need = Need("access_request", "create", "", {"owner": str(asker), "kind": request.kind})
    if request.kind != PAID_SEAT and asker != request.user and not scene.may(asker, need):
        raise Conflict("asker_without_right", f"`{asker}` may not ask for this any more; deny it, to be asked anew")


def _granted(request: AccessRequest, member: Membership) -> Membership:
    if request.kind != PAID_SEAT:
        return replace(member, erx_enabled=True)
    if member.seat != request.seat:
        raise Conflict("seat_changed", f"`{request.user}` has another seat by now")
    return replace(member, seat_confirmed=True)
