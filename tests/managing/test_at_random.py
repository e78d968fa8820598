"""Hundreds of writes that anybody might try, one after the other: whatever goes through, the guard-rails hold."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from authz.bootstrap import Services
from authz.core.decision import Context, Request, Resource
from authz.core.errors import AuthzError
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.policy import Snapshot
from authz.managing import Details, Outcome, Terms, Wish
from authz.managing.guards import lasting_admins
from authz.policies import VOCABULARY
from authz.policies.switches import SWITCHES, default_sheet
from tests.managing.conftest import ACTOR, NORTH, SOUTH, by, user
from tests.managing.writes import furnish

WRITERS = [*("omar", "ana") * 3, "op", "op", "sadm", "far", "lee", "kim", "ray", "joe"]
PEOPLE = ["omar", "ana", "lee", "kim", "ray", "joe", "old", "sadm", "far", "nobody"]
ROLES = ["lead", "clerk", "takings", "claims-editor", "practitioner", "practice-admin", "prescriber", "operator",
         "chart-notes-all", "erx-level.prepare", "analytics-all", "emergency-listed", "decision-caller"]  # fmt: skip
EVERY = [(type.name, action) for type in VOCABULARY.types.values() for action in type.actions]
DELEGABLE = [(type.name, action) for type in VOCABULARY.types.values() for action in type.delegable]
CHOICES = {"erx_level": [None, "full", "prepare"], "analytics": ["none", "all", "takings"]}
WRITES = 120


class Attempts:
    """Writes with whatever comes to hand."""

    def __init__(self, services: Services, seed: int) -> None:
        self.random, self.services = random.Random(seed), services

    def person(self) -> Subject:
        return user(self.random.choice(PEOPLE))

    def switches(self) -> dict[str, Any]:
        some = self.random.sample(SWITCHES, self.random.randint(1, 3))
        given = {s.field: CHOICES.get(s.field) or list(s.choices) or [True, False] for s in some}
        return {field: self.random.choice(values) for field, values in given.items()}

    def until(self) -> datetime | None:
        return self.random.choice([None, datetime.now(UTC) + timedelta(hours=1)])

    def wishes(self) -> list[Wish]:
        pairs = [self.random.choice(self.random.choice([DELEGABLE, EVERY])) for _ in range(self.random.randint(0, 3))]
        return [Wish(*pair, self.random.choice(["always", "own"])) for pair in pairs]

    def some(self, found: Any) -> str:
        return str(self.random.choice([one.id for one in found] or ["none"]))

    def all(self, by: Terms, at: Practice) -> list[Callable[[], Outcome]]:
        s, pick = self.services, self.random.choice
        return [
            lambda: s.access.patch(by, at, self.person(), self.switches()),
            lambda: s.access.put(by, at, self.person(), default_sheet(**self.switches())),
            lambda: s.people.edit(by, at, self.person(), Details(seat=pick(["office", "provider"]))),
            lambda: s.people.edit(by, at, self.person(), Details(cosigner=self.person(), supervisor=None)),
            lambda: s.people.edit(by, at, self.person(), Details(erx_enabled=pick([True, False]))),
            lambda: s.people.change_email(by, at, self.person(), f"new{pick('123')}@clinic.example"),
            lambda: s.people.add(by, at, None, f"{pick('123')}@clinic.example", "New", sheet=default_sheet(admin=True)),
            lambda: s.memberships.deactivate(by, at, self.person()),
            lambda: s.memberships.reactivate(by, at, self.person()),
            lambda: s.memberships.admit(by, at, self.person(), "office", default_sheet(**self.switches())),
            lambda: s.memberships.dismiss(by, at, self.person()),
            lambda: s.grants.grant(by, at, self.person(), pick(ROLES), self.until()),
            lambda: s.grants.revoke(by, at, self.person(), pick(ROLES)),
            lambda: s.roles.put_role(by, at, pick(["lead", "clerk"]), "Role", self.wishes()),
            lambda: s.roles.put_analytics_role(by, at, "takings", "T", self.random.sample([*VOCABULARY.reports], 2)),
            lambda: s.roles.remove(by, at, pick(["role", "analytics"]), pick(["lead", "clerk", "takings"])),
            lambda: s.requests.ask(by, at, pick(["erx_enablement", "paid_seat"]), self.person()),
            lambda: s.requests.approve(by, at, self.some(s.store.access_requests(at))),
            lambda: s.requests.deny(by, at, self.some(s.store.access_requests(at))),
            lambda: s.emergencies.end(by, at, self.some(s.store.emergencies(at))),
            lambda: s.emergencies.review(by, at, self.some(s.store.emergencies(at))),
            lambda: s.practices.hand_over(by, at, self.person()),
            lambda: s.practices.set_up(by, at, blank_erx_level=pick(["full", "none"])),
        ]  # fmt: skip


@dataclass(frozen=True)
class State:
    """A practice, its record's length, and what one person may do in it."""

    policy: Snapshot
    events: int
    allowed: frozenset[tuple[str, str]]


def state(services: Services, practice: Practice, who: Subject) -> State:
    attributes = {"author": "user:kim", "owner": "user:kim", "assignee": "user:kim", "patient": "p9", "state": "draft"}
    checks = [
        Request(
            practice,
            who,
            action,
            Resource(type, "", {k: v for k, v in attributes.items() if k in VOCABULARY.types[type].attributes}),
            Context(reason="asked for"),
        )
        for type, action in EVERY
    ]
    _, decisions = services.checker.check_all(practice, checks)
    allowed = frozenset(pair for pair, decision in zip(EVERY, decisions, strict=True) if decision.allowed)
    return State(services.store.snapshot(practice), services.store.last_event(practice), allowed)


@pytest.mark.parametrize("seed", [1])
def test_whatever_goes_through_leaves_the_guard_rails_standing(practice: Services, seed: int) -> None:
    furnish(practice)
    practice.people.add_outsider(ACTOR, "op", "op@x.example", "Op")
    practice.grants.grant(ACTOR, INSTALLATION, user("op"), "operator")
    attempts, written = Attempts(practice, seed), 0
    for _ in range(WRITES):
        at, elsewhere = attempts.random.choice([(NORTH, SOUTH)] * 4 + [(SOUTH, NORTH)])
        writer = attempts.random.choice(WRITERS)
        before = {place: state(practice, place, user(writer)) for place in (at, elsewhere)}
        try:
            outcome = attempts.random.choice(attempts.all(by(writer, "because"), at))()
        except AuthzError:
            outcome = None
        after = {place: state(practice, place, user(writer)) for place in (at, elsewhere)}
        made = outcome is not None and outcome.written
        written += made
        assert after[at].policy.revision - before[at].policy.revision == int(made)
        # A seat has its request made and voided along with it; a practice is told of its guest.
        assert after[at].events - before[at].events in ((1, 2, 3) if made else (0,))
        told = after[elsewhere].policy.revision - before[elsewhere].policy.revision
        assert 0 <= after[elsewhere].events - before[elsewhere].events <= told <= int(made)
        for place in (at, elsewhere):
            assert after[place].allowed <= before[place].allowed, f"{writer} gained in {place}"
            assert after[place].policy.settings.owner in lasting_admins(after[place].policy)
    assert written > WRITES // 10
    for place in (NORTH, SOUTH):
        assert practice.store.audit_check(place).broken == ()
