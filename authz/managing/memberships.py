"""People leave, return, and come as guests from other practices."""

from __future__ import annotations

from dataclasses import replace

from authz.core.changes import Event, Operation, PutMembership, PutPerson, RemoveGrant
from authz.core.errors import Conflict, NotFound
from authz.core.names import Practice, Subject
from authz.core.people import FREE_SEATS, SEATS, AccessSheet, Membership, Person
from authz.managing import sheets
from authz.managing.desk import Desk
from authz.managing.details import membership_fields_of
from authz.managing.differing import differing
from authz.managing.elsewhere import guest_somewhere
from authz.managing.entries import Entries
from authz.managing.guards import approval
from authz.managing.scene import Scene
from authz.managing.seats import SeatRequests, seat_requests
from authz.managing.terms import Draft, Need, Outcome, Terms


class Memberships:
    """Use cases about being a member of a practice. All raise what `Desk.write` raises, and Invalid."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def deactivate(self, by: Terms, practice: Practice, user: Subject) -> Outcome:
        """Ends the person's access at once: here, and everywhere if this is their home. Nothing else is lost.

        Letting a guest go leaves them at their home as they are. The warnings remind of what is left behind:
        `future_appointments` always; `open_cosign_tasks` if somebody's co-signer leaves, `names_others` if somebody's
        co-signer or supervisor does; `guest_elsewhere` if the person loses access in another practice too.
        """
        return self._set_active(by, practice, user, False)

    def reactivate(self, by: Terms, practice: Practice, user: Subject) -> Outcome:
        """Gives back exactly what was there; sessions from before stay ended.

        The warning `inactive_at_home` says that a guest is let go at home, and so may do nothing here all the same.
        """
        return self._set_active(by, practice, user, True)

    def admit(
        self, by: Terms, practice: Practice, user: Subject, seat: str = "office", sheet: AccessSheet | None = None
    ) -> Outcome:
        """Makes a person whose home is another practice a member here, with this seat and access sheet.

        NotFound for a person who is not there, has no home or was let go there; Conflict `member` for somebody whose
        home this is. Admitting a guest again makes seat and sheet these.

        A dry run leaves no trace, so whoever tries ids must not learn from it whose they are: of a person who was
        never here it tells what they would get, and the id in place of the name. That an id is somebody's can be
        learned anyway, since ids are unique in the whole installation and a taken one is refused to newcomers.
        """
        wanted = sheet or AccessSheet()

        def work(scene: Scene) -> Draft:
            person = self._desk.store.person(user)
            known = scene.snapshot.memberships.get(user)
            if person is None or person.home is None or not (person.active or known):
                raise NotFound("user", user.id)
            if person.home == practice:
                raise Conflict("member", f"`{user}` is at home in this practice and no guest of it")
            analytics = sheets.analytics_ids(self._desk.store.roles(practice))
            entries = Entries()
            entries.choice("seat", seat, SEATS)
            sheets.check_sheet(entries, "access.", wanted, scene.snapshot, analytics)
            entries.settle()
            shares = wanted.others_can_edit_my_charts
            member = known or Membership(user, practice)
            same_seat = known is not None and known.active and known.seat == seat
            here = replace(
                member,
                active=True,
                seat=seat,
                seat_confirmed=member.seat_confirmed if same_seat else seat in FREE_SEATS,
                others_can_edit_my_charts=shares,
            )
            come: list[Operation] = [PutPerson(person), PutMembership(here)]
            asked = SeatRequests([], [], [])
            if not same_seat:
                if not here.seat_confirmed and scene.may_after(come, approval("paid_seat", user)):
                    here = replace(here, seat_confirmed=True)
                asked = seat_requests(self._desk.store, by, scene, here)
            grants = [*sheets.operations_for(scene.snapshot, user, wanted, analytics, by.actor.subject, scene.now)]
            joined: list[Operation] = [PutMembership(here)] if here != known else []
            operations = [*joined, *grants, *asked.operations]
            before = (
                _as_recorded(known, sheets.present_sheet(scene.snapshot, known, analytics, scene.now)) if known else {}
            )
            was, becomes = differing(before, _as_recorded(here, wanted))
            event = Event(by.actor, "guest_admitted", str(user), was, becomes, by.reason)
            events = [event, *asked.events] if operations else []
            arriving = person if known or not by.dry_run else replace(person, name=user.id)
            warnings = _without_effect(person, practice)
            return Draft(operations, events, warnings=warnings, arriving=[arriving], minted=asked.minted)

        return self._desk.write(by, practice, [Need("user", "create")], work)

    def dismiss(self, by: Terms, practice: Practice, user: Subject) -> Outcome:
        """Ends a guest's membership and what was granted with it; that they were here stays on record.

        Conflict `member` for somebody whose home this is: deactivate them instead.
        """

        def work(scene: Scene) -> Draft:
            person, member = scene.person(user), scene.membership(user)
            if person.home == practice:
                raise Conflict("member", f"`{user}` is at home in this practice; deactivate them instead")
            held = sheets.held_roles(scene.snapshot, user)
            if not member.active and not held:
                return Draft()
            gone = replace(
                member,
                active=False,
                seat_confirmed=member.seat in FREE_SEATS,
                sessions_from=scene.now,
                cosigner=None,
                supervisor=None,
                erx_enabled=False,
            )
            operations: list[Operation] = [PutMembership(gone), *(RemoveGrant(user, role) for role in sorted(held))]
            was, becomes = differing(
                {**membership_fields_of(member), "active": member.active, "roles": sorted(held)},
                {**membership_fields_of(gone), "active": False, "roles": []},
            )
            event = Event(by.actor, "guest_dismissed", str(user), was, becomes, by.reason)
            return Draft(operations, [event], warnings=_left_behind(scene, user))

        return self._desk.write(by, practice, [Need("user", "deactivate", user.id)], work)

    def _set_active(self, by: Terms, practice: Practice, user: Subject, active: bool) -> Outcome:
        def work(scene: Scene) -> Draft:
            member, person = scene.membership(user), scene.person(user)
            at_home = person.home == practice
            warnings = _without_effect(person, practice) if active else _left_behind(scene, user)
            if at_home and not active and guest_somewhere(self._desk.store, user, practice):
                warnings.append("guest_elsewhere")
            if member.active == active and (person.active == active or not at_home):
                return Draft(warnings=warnings)
            # A session that began meanwhile began without the right to.
            here = replace(member, active=active, sessions_from=scene.now)
            operations: list[Operation] = [PutMembership(here)]
            if at_home:
                operations.append(PutPerson(replace(person, active=active, sessions_from=scene.now)))
            was, becomes = differing({"active": not active}, {"active": active})
            action = "user_reactivated" if active else "user_deactivated"
            event = Event(by.actor, action, str(user), was, becomes, by.reason)
            return Draft(operations, [event], warnings=warnings)

        return self._desk.write(by, practice, [Need("user", "reactivate" if active else "deactivate", user.id)], work)


def _as_recorded(member: Membership, sheet: AccessSheet) -> dict[str, object]:
    """A guest's membership as the record keeps it."""
    seat = {"seat": member.seat, "seat_confirmed": member.seat_confirmed}
    return {"active": member.active, **seat, "access": sheets.as_fields(sheet)}


def _without_effect(person: Person, practice: Practice) -> list[str]:
    return ["inactive_at_home"] if person.home != practice and not person.active else []


def _left_behind(scene: Scene, user: Subject) -> list[str]:
    others = [member for member in scene.snapshot.memberships.values() if member.user != user]
    found = {
        "future_appointments": True,  # which there are is not known here
        "open_cosign_tasks": any(other.cosigner == user for other in others),
        "names_others": any(user in (other.cosigner, other.supervisor) for other in others),
    }
    return [name for name, applies in found.items() if applies]
