"""What nobody may do, in whichever way it is tried: nothing of it is written."""
# ruff: noqa: E501  # a table of attempts, one to a line

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from authz.bootstrap import Services
from authz.core.changes import Actor, Change
from authz.core.decision import Request, Resource
from authz.core.errors import AuthzError, Conflict, Invalid, NotAllowed, NotFound
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.ports import Store
from authz.managing import Desk, Details, Memberships, People, Terms, Wish, guards
from authz.policies import VOCABULARY
from authz.policies.switches import SWITCHES, default_sheet
from tests.managing.conftest import ACTOR, NORTH, SOUTH, by, user
from tests.managing.test_every_write import dump
from tests.managing.writes import TOMORROW, furnish

Try = Callable[[Services], object]
ANA: Final = by("ana")
OMAR: Final = by("omar")
OP: Final = by("op")
CHARTING: Final = Terms(Actor("service:charting", "key:2", "r2"))
EVERYTHING: Final = {
    "admin": False, "practitioner": True, "prescriber": True, "portal_messaging": True, "chart_notes": "all",
    "others_can_edit_my_charts": True, "edit_claims": True, "delete_superbills": True, "refund_payments": True,
    "adjust_inventory": True, "restore_deleted": True, "erx_level": "full", "analytics": "none",
    "emergency_access": True,
}  # fmt: skip

ONESELF: Final[dict[str, Try]] = {
    **{
        f"one's own switch {name}": lambda s, name=name: s.access.patch(
            ANA, NORTH, user("ana"), {name: EVERYTHING[name]}
        )  # type: ignore[misc]
        for name in EVERYTHING
    },
    "one's own sheet": lambda s: s.access.put(ANA, NORTH, user("ana"), default_sheet(admin=True, edit_claims=True)),
    "a grant to oneself": lambda s: s.grants.grant(ANA, NORTH, user("ana"), "claims-editor"),
    "an own role to oneself": lambda s: s.grants.grant(ANA, NORTH, user("ana"), "lead"),
    "an end to one's own grant": lambda s: s.grants.revoke(ANA, NORTH, user("ana"), "practice-admin"),
    "one's own seat": lambda s: s.people.edit(ANA, NORTH, user("ana"), Details(seat="clinical_staff")),
    "one's own co-signer": lambda s: s.people.edit(ANA, NORTH, user("ana"), Details(cosigner=user("lee"))),
    "one's own enablement": lambda s: s.people.edit(ANA, NORTH, user("ana"), Details(erx_enabled=True)),
    "letting oneself go": lambda s: s.memberships.deactivate(ANA, NORTH, user("ana")),
    "a role one holds, wider": lambda s: s.roles.put_role(
        by("bea"), NORTH, "lead", "L", [Wish("claim", "submit", "claim_open")]
    ),
    "reports one sees, more": lambda s: s.roles.put_analytics_role(
        by("bea"), NORTH, "takings", "T", ["fin.payments", "fin.refunds"]
    ),
    "ownership to oneself": lambda s: s.practices.hand_over(ANA, NORTH, user("ana")),
    "admission of oneself as a guest": lambda s: s.memberships.admit(
        by("sadm"), NORTH, user("sadm"), sheet=default_sheet(admin=True)
    ),
    "a service's grant to itself": lambda s: s.grants.grant(
        CHARTING, NORTH, Subject.parse("service:charting"), "chart-notes-all"
    ),
    "a request approved by its asker": lambda s: s.requests.approve(by("lee"), NORTH, _request(s)),
    "a review of one's own emergency": lambda s: s.emergencies.review(by("bea"), NORTH, _emergency(s, "p5")),
}
WITHOUT_THE_RIGHT: Final[dict[str, Try]] = {
    "an admin makes a prescriber": lambda s: s.access.patch(ANA, NORTH, user("lee"), {"prescriber": False}),
    "an admin makes a prescriber by a grant": lambda s: s.grants.grant(ANA, NORTH, user("kim"), "prescriber"),
    "an admin adds a prescriber": lambda s: s.people.add(
        ANA, NORTH, "sue", "sue@x.example", "Sue", sheet=default_sheet(practitioner=True, prescriber=True)
    ),
    "an admin admits a prescriber": lambda s: s.memberships.admit(
        ANA, NORTH, user("far"), sheet=default_sheet(practitioner=True, prescriber=True)
    ),
    "an admin ends a prescriber's grant": lambda s: s.grants.revoke(ANA, NORTH, user("lee"), "prescriber"),
    "an admin enables for eRx": lambda s: s.people.edit(ANA, NORTH, user("joe"), Details(erx_enabled=True)),
    "an admin approves an enablement": lambda s: s.requests.approve(ANA, NORTH, _request(s)),
    "an admin denies an enablement": lambda s: s.requests.deny(ANA, NORTH, _request(s)),
    "an admin makes an operator": lambda s: s.grants.grant(ANA, NORTH, user("joe"), "operator"),
    "an admin makes a reviewer": lambda s: s.grants.grant(ANA, NORTH, user("joe"), "security-reviewer"),
    "an admin lets a service ask": lambda s: s.grants.grant(
        ANA, NORTH, Subject.parse("service:billing"), "decision-caller"
    ),
    "an admin hands the practice over": lambda s: s.practices.hand_over(ANA, NORTH, user("lee")),
    "an admin opens a practice": lambda s: s.practices.open(ANA, SOUTH, "S", None, "x@x.example", "X"),
    "an admin seeds": lambda s: s.seeding.load(ANA, ()),
    "the operator seeds": lambda s: s.seeding.load(OP, ()),
    "an admin issues a key": lambda s: s.keys.create(ANA, user("joe"), "x"),
    "a practitioner adds a person": lambda s: s.people.add(by("lee"), NORTH, None, "x@x.example", "X"),
    "a practitioner fills in a sheet": lambda s: s.access.patch(by("lee"), NORTH, user("ray"), {"edit_claims": True}),
    "a practitioner asks for an enablement": lambda s: s.requests.ask(by("kim"), NORTH, "erx_enablement", user("ray")),
    "staff change another's address": lambda s: s.people.change_email(by("joe"), NORTH, user("ray"), "r@x.example"),
    "staff who are not listed break the glass": lambda s: s.emergencies.start(by("kim", "collapse"), NORTH, "p1", 5),
    "a service breaks the glass": lambda s: s.emergencies.start(replace(CHARTING, reason="x"), NORTH, "p1", 5),
    "another ends the emergency": lambda s: s.emergencies.end(by("ray"), NORTH, _emergency(s, "p2")),
    "a reviewer changes a sheet": lambda s: s.access.patch(by("rev"), NORTH, user("ray"), {"edit_claims": True}),
    "the last enablement is lifted by a prescriber": lambda s: s.people.edit(
        by("lee"), NORTH, user("ray"), Details(erx_enabled=False)
    ),
}
ELSEWHERE: Final[dict[str, Try]] = {
    "another practice's admin writes": lambda s: s.access.patch(by("far"), NORTH, user("ray"), {"edit_claims": True}),
    "another practice's admin adds": lambda s: s.people.add(by("far"), NORTH, None, "x@x.example", "X"),
    "another practice's person is given a sheet": lambda s: s.access.patch(
        ANA, NORTH, user("far"), {"edit_claims": True}
    ),
    "another practice's person is let go": lambda s: s.memberships.deactivate(ANA, NORTH, user("far")),
    "another practice's person is edited": lambda s: s.people.edit(ANA, NORTH, user("far"), Details(name="X")),
    "another practice's person is granted a role": lambda s: s.grants.grant(ANA, NORTH, user("far"), "lead"),
    "another practice's request is approved": lambda s: s.requests.approve(OP, SOUTH, _request(s)),
    "another practice's emergency is reviewed": lambda s: s.emergencies.review(by("sadm"), SOUTH, _emergency(s, "p1")),
    "another practice's role is removed": lambda s: s.roles.remove(ACTOR, SOUTH, "role", "unused"),
    "a key for one practice writes in another": lambda s: s.access.patch(
        replace(ANA, only_in=SOUTH), NORTH, user("ray"), {"edit_claims": True}
    ),
    "a practice that is not there": lambda s: s.access.patch(
        ANA, Practice("nowhere"), user("ray"), {"edit_claims": True}
    ),
}
AGAINST_THE_PRACTICE: Final[dict[str, Try]] = {
    "the owner is let go": lambda s: s.memberships.deactivate(ANA, NORTH, user("omar")),
    "the owner is demoted": lambda s: s.access.patch(ANA, NORTH, user("omar"), {"admin": False}),
    "the owner's grant ends": lambda s: s.grants.revoke(ANA, NORTH, user("omar"), "practice-admin"),
    "the owner's grant gets an end": lambda s: s.grants.grant(ANA, NORTH, user("omar"), "practice-admin", TOMORROW),
    "the operator lets the owner go": lambda s: s.memberships.deactivate(OP, NORTH, user("omar")),
    "the installer lets the owner go": lambda s: s.memberships.deactivate(ACTOR, NORTH, user("omar")),
    "the practice passes to who is no admin": lambda s: s.practices.hand_over(OMAR, NORTH, user("lee")),
    "the practice passes to who has left": lambda s: s.practices.hand_over(OMAR, NORTH, user("old")),
    "two eRx levels": lambda s: s.grants.grant(ANA, NORTH, user("joe"), "erx-level.full"),
    "two sets of reports": lambda s: s.grants.grant(ANA, NORTH, user("bea"), "analytics-all"),
    "two breadths of viewing": lambda s: s.grants.grant(ANA, NORTH, user("kim"), "chart-notes-own"),
    "a role of a shipped name": lambda s: s.roles.put_role(ANA, NORTH, "practitioner", "P", [Wish("claim", "read")]),
    "a role in use is removed": lambda s: s.roles.remove(ANA, NORTH, "role", "lead"),
    "reports in use are removed": lambda s: s.roles.remove(ANA, NORTH, "analytics", "takings"),
    "an emergency reviewed while open": lambda s: s.emergencies.review(ANA, NORTH, _emergency(s, "p2")),
    "a guest's name": lambda s: s.people.edit(ANA, NORTH, user("sadm"), Details(name="X")),
    "a guest's address": lambda s: s.people.change_email(ANA, NORTH, user("sadm"), "x@x.example"),
    "a member as a guest": lambda s: s.memberships.admit(ANA, NORTH, user("ray")),
    "a member dismissed as a guest": lambda s: s.memberships.dismiss(ANA, NORTH, user("ray")),
}
WRONG: Final[dict[str, Try]] = {
    "a co-signer who has left": lambda s: s.people.edit(ANA, NORTH, user("ray"), Details(cosigner=user("old"))),
    "a supervisor who is no practitioner": lambda s: s.people.edit(ANA, NORTH, user("ray"), Details(supervisor=user("joe"))),
    "oneself as co-signer": lambda s: s.people.edit(ANA, NORTH, user("ray"), Details(cosigner=user("ray"))),
    "co-signers in a circle": lambda s: s.people.edit(ANA, NORTH, user("kim"), Details(cosigner=user("ray"))),
    "a request for who has left": lambda s: s.requests.ask(by("lee"), NORTH, "erx_enablement", user("old")),
    "a request for oneself": lambda s: s.requests.ask(by("lee"), NORTH, "erx_enablement", user("lee")),
    "a permission that nobody may delegate": lambda s: s.roles.put_role(ANA, NORTH, "r", "R", [Wish("grant", "create")]),
}  # fmt: skip
KINDS: Final[dict[str, tuple[tuple[type[AuthzError], ...], dict[str, Try]]]] = {
    "oneself": ((NotAllowed, NotFound), ONESELF),
    "without the right": ((NotAllowed,), WITHOUT_THE_RIGHT),
    "elsewhere": ((NotFound,), ELSEWHERE),
    "against the practice": ((Conflict,), AGAINST_THE_PRACTICE),
    "wrong": ((Invalid,), WRONG),
}


def _request(s: Services) -> str:
    return next(r.id for r in s.store.access_requests(NORTH) if r.asked_by == "user:lee")


def _emergency(s: Services, patient: str) -> str:
    return next(e.id for e in s.store.emergencies(NORTH) if e.patient == patient)


def peopled(s: Services) -> None:
    """What the attempts need: bea, an admin with roles of the practice's own."""
    furnish(s)
    both = default_sheet(admin=True, analytics="takings", emergency_access=True)
    s.people.add(ACTOR, NORTH, "bea", "bea@clinic.example", "Bea", sheet=both)
    s.grants.grant(ACTOR, NORTH, user("bea"), "lead")
    s.people.edit(ACTOR, NORTH, user("ray"), Details(cosigner=user("kim")))
    s.access.patch(ACTOR, NORTH, user("joe"), {"erx_level": "prepare"})
    for id, role in (("op", "operator"), ("rev", "security-reviewer")):
        s.people.add_outsider(ACTOR, id, f"{id}@authz.example", id)
        s.grants.grant(ACTOR, INSTALLATION, user(id), role)
    s.grants.grant(ACTOR, NORTH, Subject.parse("service:charting"), "decision-caller")
    ended = s.emergencies.start(by("bea", "collapse"), NORTH, "p5", 5)
    s.emergencies.end(by("bea"), NORTH, getattr(ended.answer, "id"))  # noqa: B009


def refused(attempt: Try, practice: Services) -> AuthzError | None:
    """How an attempt was refused; None if it went through."""
    try:
        attempt(practice)
    except AuthzError as error:
        return error
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_refused_and_nothing_is_written(kind: str, practice: Services, database_url: str) -> None:
    peopled(practice)
    errors, attempts = KINDS[kind]
    before = dump(database_url)
    for what, attempt in attempts.items():
        refusal = refused(attempt, practice)
        assert isinstance(refusal, errors), (what, repr(refusal))
        assert "southside" not in str(refusal), what
    assert dump(database_url) == before


def test_every_switch_is_tried_on_oneself() -> None:
    assert set(EVERYTHING) == {switch.field for switch in SWITCHES}


def test_what_is_not_delegable_is_in_no_role_of_a_practices_own(practice: Services) -> None:
    for type in VOCABULARY.types.values():
        for action in type.actions:
            wish = Wish(type.name, action, "+".join(type.actions[action].guards) or "always")
            if action in type.delegable:
                practice.roles.put_role(ANA, NORTH, "r", "R", [wish])
            else:
                with pytest.raises(Invalid, match=r"permissions\.0"):
                    practice.roles.put_role(ANA, NORTH, "r", "R", [wish])


def test_a_second_account_made_by_oneself_is_visible_in_the_record(practice: Services) -> None:
    practice.people.add(ANA, NORTH, "ana.second", "ana.second@clinic.example", "Ana", sheet=default_sheet(admin=True))
    [event] = [e for e in practice.store.events(NORTH, limit=1000) if e.event.target == "user:ana.second"]
    assert (event.event.actor.subject, event.event.actor.via) == ("user:ana", "key:1")
    assert event.event.after["access"]["admin"] is True  # type: ignore[index]


def test_an_owner_hands_over_and_may_then_be_let_go(practice: Services) -> None:
    practice.practices.hand_over(OMAR, NORTH, user("ana"))
    practice.memberships.deactivate(ANA, NORTH, user("omar"))
    with pytest.raises(NotAllowed, match="own access"):
        practice.memberships.deactivate(ANA, NORTH, user("ana"))


class Meanwhile:
    """A store in which something else happens just before the first change is applied."""

    def __init__(self, store: Store, act: Callable[[], object]) -> None:
        self._store, self._act = store, [act]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def apply(self, change: Change) -> int:
        if self._act:
            self._act.pop()()
        return self._store.apply(change)


def test_a_write_needs_the_right_at_the_very_state_that_it_changes(practice: Services) -> None:
    """Ana's right ends between the moment it was looked at and the moment her change is applied."""
    furnish(practice)

    def demote() -> None:
        practice.access.patch(ACTOR, NORTH, user("ana"), {"admin": False})

    people = People(Desk(Meanwhile(practice.store, demote), practice.checker.memory, practice.now))  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        people.edit(ANA, NORTH, user("ray"), Details(phone="+1 555 0199"))
    assert practice.store.snapshot(NORTH).people[user("ray")].phone == ""


def test_a_guest_admitted_meanwhile_is_let_go_too_when_their_home_lets_them_go(practice: Services) -> None:
    def admit() -> None:
        practice.memberships.admit(ACTOR, SOUTH, user("lee"))
        assert practice.checker.check(READS).allowed

    desk = Desk(Meanwhile(practice.store, admit), practice.checker.memory, practice.now)  # type: ignore[arg-type]
    Memberships(desk).deactivate(ACTOR, NORTH, user("lee"))
    assert not practice.checker.check(READS).allowed


READS: Final = Request(SOUTH, user("lee"), "read", Resource("patient"))


def test_every_guard_rail_stands_in_the_table() -> None:
    written = [
        value
        for name, value in vars(guards).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__annotations__", {}).get("passage")
    ]
    assert {*guards.GUARD_RAILS} == {one for one in written if one is not guards.check}
