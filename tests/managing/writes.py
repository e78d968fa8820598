"""One write of every kind on a furnished practice, for tests about what holds for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from authz.bootstrap import Services
from authz.core.changes import ApiKey
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import AccessRequest, Emergency
from authz.core.policy import Rule
from authz.core.registry import Entry
from authz.managing import Details, Outcome, Terms, Wish
from authz.policies.switches import default_sheet
from tests.managing.conftest import ACTOR, NORTH, SOUTH, by, user

CHARTING: Final = Subject.parse("service:charting")
SUPERVISES: Final = ("claims-editor", "set_supervisor")
NOTED: Final = Entry("chart_note", "n1", {"author": "user:ray", "state": "draft"})
NOTE: Final = Entry("chart_note", "n1", {"author": "user:ray", "state": "signed"})
READS_CLAIMS: Final = [Wish("claim", "read")]
Write = Callable[[Services, Terms], Outcome]


def furnish(s: Services) -> None:
    """What the writes below need: people to write about, roles, a request, emergencies, a key, a guest."""
    s.people.add(ACTOR, NORTH, "joe", "joe@clinic.example", "Joe", sheet=default_sheet(emergency_access=True))
    s.people.add(ACTOR, NORTH, "old", "old@clinic.example", "Old", "provider", default_sheet(practitioner=True))
    s.memberships.deactivate(ACTOR, NORTH, user("old"))
    s.people.add(ACTOR, SOUTH, "far", "far@clinic.example", "Far", "provider", default_sheet(practitioner=True))
    s.memberships.admit(ACTOR, NORTH, user("sadm"), sheet=default_sheet(edit_claims=True))
    s.memberships.admit(ACTOR, SOUTH, user("ray"))
    s.registry.put(ACTOR, NORTH, [NOTED])
    s.roles.put_role(ACTOR, NORTH, "lead", "Lead", READS_CLAIMS)
    s.roles.put_role(ACTOR, NORTH, "unused", "Unused", READS_CLAIMS)
    s.roles.put_analytics_role(ACTOR, NORTH, "takings", "Takings", ["fin.payments"])
    s.grants.grant(ACTOR, NORTH, user("joe"), "lead")
    s.access.patch(ACTOR, NORTH, user("lee"), {"prescriber": True})
    s.keys.create(ACTOR, CHARTING, "charting")
    s.requests.ask(by("lee"), NORTH, "erx_enablement", user("joe"))
    ended = s.emergencies.start(by("joe", "collapse"), NORTH, "p1", 60).answer
    assert isinstance(ended, Emergency)
    s.emergencies.end(ACTOR, NORTH, ended.id)
    s.emergencies.start(by("joe", "collapse"), NORTH, "p2", 60)


def _request(s: Services) -> AccessRequest:
    return next(r for r in s.store.access_requests(NORTH) if r.kind == "erx_enablement" and r.user == user("joe"))


def _emergency(s: Services, patient: str) -> str:
    return next(e.id for e in s.store.emergencies(NORTH) if e.patient == patient)


def _key(s: Services) -> ApiKey:
    return s.store.keys()[0]


def _shipped(s: Services) -> list[Rule]:
    return [rule for rule in s.store.snapshot(INSTALLATION).rules if (rule.role, rule.action) != SUPERVISES]


def _asked_by(id: str, terms: Terms) -> Terms:
    """The same terms as a person's."""
    return replace(terms, actor=by(id).actor, reason=terms.reason or "collapse")


TOMORROW: Final = datetime(2099, 1, 1, tzinfo=UTC)
WEST: Final = Practice("westside")
WRITES: Final[dict[str, tuple[Practice, Write]]] = {
    "practices.open": (WEST, lambda s, t: s.practices.open(t, WEST, "West", "bea", "bea@x.example", "Bea")),
    "practices.set_up": (NORTH, lambda s, t: s.practices.set_up(t, NORTH, name="North", blank_erx_level="none")),
    "practices.hand_over": (NORTH, lambda s, t: s.practices.hand_over(t, NORTH, user("ana"))),
    "people.add": (
        NORTH,
        lambda s, t: s.people.add(
            t,
            NORTH,
            "sue",
            "sue@x.example",
            "Sue",
            "clinical_staff",
            default_sheet(practitioner=True, analytics="takings"),
            phone="+1 555 0100",
            aliases=["s@x.example", "ß@x.example"],
            reply_to="own",
        ),
    ),
    "people.add by an admin": (
        NORTH,
        lambda s, t: s.people.add(_asked_by("omar", t), NORTH, "sue", "sue@x.example", "Sue", "clinical_staff"),
    ),
    "people.add_outsider": (INSTALLATION, lambda s, t: s.people.add_outsider(t, "op", "op@x.example", "Op")),
    "people.edit": (
        NORTH,
        lambda s, t: s.people.edit(
            t,
            NORTH,
            user("ray"),
            Details(
                name="Raymond",
                phone="+1 555 0101",
                aliases=["ray@x.example"],
                reply_to="own",
                seat="clinical_staff",
                cosigner=user("kim"),
                supervisor=user("lee"),
                erx_enabled=True,
            ),
        ),
    ),
    "people.edit by an admin": (
        NORTH,
        lambda s, t: s.people.edit(_asked_by("omar", t), NORTH, user("joe"), Details(seat="provider")),
    ),
    "people.change_email": (NORTH, lambda s, t: s.people.change_email(t, NORTH, user("ray"), "ray@x.example")),
    "access.put": (
        NORTH,
        lambda s, t: s.access.put(t, NORTH, user("ray"), default_sheet(admin=True, others_can_edit_my_charts=True)),
    ),
    "access.patch": (
        NORTH,
        lambda s, t: s.access.patch(t, NORTH, user("joe"), {"analytics": "takings", "erx_level": "prepare"}),
    ),
    "memberships.deactivate": (NORTH, lambda s, t: s.memberships.deactivate(t, NORTH, user("ray"))),
    "memberships.deactivate a guest": (NORTH, lambda s, t: s.memberships.deactivate(t, NORTH, user("sadm"))),
    "memberships.reactivate": (NORTH, lambda s, t: s.memberships.reactivate(t, NORTH, user("old"))),
    "memberships.admit": (
        NORTH,
        lambda s, t: s.memberships.admit(
            _asked_by("omar", t), NORTH, user("far"), "provider", default_sheet(practitioner=True)
        ),
    ),
    "memberships.dismiss": (NORTH, lambda s, t: s.memberships.dismiss(t, NORTH, user("sadm"))),
    "grants.grant": (NORTH, lambda s, t: s.grants.grant(t, NORTH, user("ray"), "lead", TOMORROW)),
    "grants.grant above": (INSTALLATION, lambda s, t: s.grants.grant(t, INSTALLATION, CHARTING, "decision-caller")),
    "grants.revoke": (NORTH, lambda s, t: s.grants.revoke(t, NORTH, user("joe"), "lead")),
    "registry.put": (NORTH, lambda s, t: s.registry.put(t, NORTH, [NOTE, Entry("claim", "c1")])),
    "registry.put in place": (NORTH, lambda s, t: s.registry.put(t, NORTH, [Entry("patient", "p1")], [NOTED.named])),
    "practices.set_up for callers": (
        NORTH,
        lambda s, t: s.practices.set_up(t, NORTH, explain=True, supplied={"chart_note": ["state"]}),
    ),
    "roles.put_role": (
        NORTH,
        lambda s, t: s.roles.put_role(t, NORTH, "lead", "Leads", [Wish("claim", "edit", "claim_open")]),
    ),
    "roles.put_analytics_role": (
        NORTH,
        lambda s, t: s.roles.put_analytics_role(t, NORTH, "takings", "T", ["fin.sales_tax", "fin.refunds"]),
    ),
    "roles.remove": (NORTH, lambda s, t: s.roles.remove(t, NORTH, "role", "unused")),
    "requests.ask": (NORTH, lambda s, t: s.requests.ask(_asked_by("lee", t), NORTH, "erx_enablement", user("kim"))),
    "requests.approve": (NORTH, lambda s, t: s.requests.approve(t, NORTH, _request(s).id)),
    "requests.deny": (NORTH, lambda s, t: s.requests.deny(t, NORTH, _request(s).id)),
    "emergencies.start": (NORTH, lambda s, t: s.emergencies.start(_asked_by("joe", t), NORTH, "p3", 30)),
    "emergencies.end": (NORTH, lambda s, t: s.emergencies.end(t, NORTH, _emergency(s, "p2"))),
    "emergencies.review": (NORTH, lambda s, t: s.emergencies.review(_asked_by("ana", t), NORTH, _emergency(s, "p1"))),
    "keys.create": (INSTALLATION, lambda s, t: s.keys.create(t, CHARTING, "one more", NORTH, TOMORROW)[0]),
    "keys.revoke": (INSTALLATION, lambda s, t: s.keys.revoke(t, _key(s).id)),
    "seeding.load": (INSTALLATION, lambda s, t: s.seeding.load(t, _shipped(s))),
}
