"""Emergency access: begun by a listed person with a reason, ended by itself or before, reviewed by someone else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from authz.core.changes import Actor, Event, PutEmergency
from authz.core.decision import Decision, Reason, Request
from authz.core.errors import Conflict, NotAllowed, NotFound
from authz.core.moments import told
from authz.core.names import BadName, Practice, Subject
from authz.core.people import Emergency
from authz.managing.desk import Desk
from authz.managing.entries import Entries, visible
from authz.managing.scene import Scene
from authz.managing.seats import fresh_id
from authz.managing.terms import Draft, Need, Outcome, Terms

LONGEST_MINUTES: Final = 240


class Emergencies:
    """Use cases about break-glass access (45 CFR 164.312(a)(2)(ii)); each answers with the emergency as it then is.

    All raise what `Desk.write` raises, and Invalid naming every bad field.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def start(self, by: Terms, practice: Practice, patient: str, minutes: int) -> Outcome:
        """Opens one patient's ordinary records to the writer, for reading, for at most four hours.

        The reason is in `by` and must not be empty. NotAllowed to whoever is not listed; Conflict `already_open`, with
        its id, while one of theirs is open to this patient.
        """
        entries = Entries()
        whose, why = entries.text("patient", patient), by.reason.strip()
        if not visible(why):
            entries.wrong("reason", "must not be empty")
        if not 1 <= minutes <= LONGEST_MINUTES:
            entries.wrong("minutes", f"must be 1 to {LONGEST_MINUTES}")
        entries.settle()

        def work(scene: Scene) -> Draft:
            until = scene.now + timedelta(minutes=minutes)
            user = _person(by)
            _refuse_a_second(scene, user, whose)
            made = Emergency(fresh_id(scene.now), practice, user, whose, why, scene.now, until)
            after = {"id": made.id, "patient": whose, "minutes": minutes}
            event = Event(by.actor, "emergency_started", str(user), after=after, reason=why)
            return Draft([PutEmergency(made)], [event], minted=[made.id], answer=made)

        need = Need("emergency_access", "invoke", "", {"patient": whose, "owner": by.actor.subject})
        return self._desk.write(by, practice, [need], work)

    def end(self, by: Terms, practice: Practice, id: str) -> Outcome:
        """Ends it before its time, by the person or an admin; one that is over stays as it is."""

        def work(scene: Scene) -> Draft:
            found = self._found(practice, id)
            need = Need("emergency_access", "end", "", {"owner": str(found.user)})
            if not found.open_at(scene.now):
                return Draft(needs=[need], answer=found)
            ended = replace(found, ended_at=scene.now)
            event = Event(by.actor, "emergency_ended", str(found.user), {}, {"id": id}, by.reason)
            return Draft([PutEmergency(ended)], [event], [need], answer=ended)

        return self._desk.write(by, practice, [Need("emergency_access", "end", "", {"owner": by.actor.subject})], work)

    def review(self, by: Terms, practice: Practice, id: str) -> Outcome:
        """States that somebody other than the person has looked at what was done; Conflict while it is still open."""

        def work(scene: Scene) -> Draft:
            found = self._found(practice, id)
            need = Need("emergency_access", "review", "", {"owner": str(found.user)})
            if found.open_at(scene.now):
                raise Conflict("still_open", "an emergency is reviewed once it is over")
            if found.reviewed_at is not None:
                raise Conflict("already_reviewed", f"`{found.reviewed_by}` has reviewed it")
            reviewed = replace(found, reviewed_by=_person(by), reviewed_at=scene.now)
            # One that ran out has no event of its own end: nothing runs at that moment that could write it.
            after = {"id": id, "ended_at": told(found.ended_at or found.until)}
            event = Event(by.actor, "emergency_reviewed", str(found.user), {}, after, by.reason)
            return Draft([PutEmergency(reviewed)], [event], [need], answer=reviewed)

        return self._desk.write(by, practice, [Need("emergency_access", "read")], work)

    def _found(self, practice: Practice, id: str) -> Emergency:
        found = self._desk.store.emergency(practice, id)
        if found is None:
            raise NotFound("emergency", id)
        return found


def decided_in_emergencies(actor: Actor, answers: Iterable[tuple[Request, Decision]]) -> list[Event]:
    """What the record is to say of the answers to these questions that emergencies gave, before any of them leaves."""
    return [_event(actor, *answer) for answer in answers if answer[1].reason is Reason.EMERGENCY]


def _event(actor: Actor, request: Request, decision: Decision) -> Event:
    resource = request.resource
    decided_on = {
        "action": request.action,
        "resource_type": resource.type,
        "resource_id": resource.id,
        "patient": resource.attributes.get("patient", ""),
        "allowed": decision.allowed,
        "revision": decision.revision,
    }
    return Event(actor, "emergency_decision", str(request.subject), after=decided_on)


def _refuse_a_second(scene: Scene, user: Subject, patient: str) -> None:
    """Two beside each other would last longer than either says, and be reviewed as if they were two occasions."""
    for known in scene.snapshot.emergencies:
        if (known.user, known.patient) == (user, patient) and known.open_at(scene.now):
            until = told(known.until)
            raise Conflict(
                "already_open", f"`{known.id}` is open to this patient until {until}; it may be ended before"
            )


def _person(by: Terms) -> Subject:
    """Who writes, for what only a person can do."""
    try:
        subject = Subject.parse(by.actor.subject)
    except BadName as error:
        raise NotAllowed("only a person of the practice can do that") from error
    if subject.kind != "user":
        raise NotAllowed("only a person of the practice can do that")
    return subject
