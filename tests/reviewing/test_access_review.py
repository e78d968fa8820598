"""Who holds what is told whole, with when it was last used and what has changed; a reviewer signs for a revision."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from authz.bootstrap import Services, services
from authz.core.changes import Change, PutMembership, PutPerson
from authz.core.decision import Request, Resource
from authz.core.errors import Invalid, NotAllowed, NotFound, StaleExpectation
from authz.core.names import INSTALLATION, Subject
from authz.core.people import Membership, Person
from authz.managing import Wish
from authz.policies.switches import default_sheet
from authz.reviewing.page import as_page
from authz.reviewing.review_tables import COLUMNS, as_csv, as_plain, narrowed, rules_as_csv
from authz.settings import Settings
from tests.managing.conftest import ACTOR, NORTH, by, northside_on, user
from tests.managing.writes import furnish

EVIL = '=cmd()|"/C calc"!A0<script>alert(1)</script>'


def test_every_grant_stands_in_it_once_with_who_gave_it_and_when(practice: Services) -> None:
    furnish(practice)
    practice.grants.grant(ACTOR, INSTALLATION, user("lee"), "security-reviewer")
    review, snapshot = practice.reviewing.review(NORTH), practice.store.snapshot(NORTH)
    given = [holding for holding in review.holdings if holding.granted_at]
    assert len(given) == len(snapshot.grants) > 10
    assert {(h.subject, h.role, h.granted_by, h.granted_at, h.everywhere) for h in given} == {
        (g.subject, g.role, g.granted_by, g.granted_at, g.practice == INSTALLATION) for g in snapshot.grants
    }
    assert {h.state for h in review.holdings if h.subject == user("old")} == {"left"}
    assert {h.state for h in review.holdings if h.subject == user("joe")} == {"in_force"}
    told = {(role, rule.resource, rule.action, rule.when) for role, rules in review.rules.items() for rule in rules}
    held = {holding.role for holding in review.holdings} | {"member", "lead", "unused", "takings"}
    assert told == {(r.role, r.resource, r.action, r.when) for r in snapshot.rules if r.role in held}


def test_a_role_that_said_yes_is_used_and_one_that_did_not_is_found(practice: Services) -> None:
    long_ago = services(Settings(database_url=practice.settings.database_url), lambda: datetime(2026, 1, 1, tzinfo=UTC))
    long_ago.people.add(ACTOR, NORTH, "sue", "sue@clinic.example", "Sue", sheet=default_sheet(chart_notes="all"))
    long_ago.close()
    assert [(h.subject.id, h.role) for h in practice.reviewing.unused(NORTH, 90)] == [("sue", "chart-notes-all")]
    note = Resource("chart_note", "n1", {"author": "user:ray"})
    assert practice.checker.check(Request(NORTH, user("sue"), "read", note)).allowed
    practice.checker.uses.note()
    assert practice.reviewing.unused(NORTH, 90) == []
    used = next(h.last_used for h in practice.reviewing.review(NORTH).holdings if h.subject == user("sue"))
    assert used is not None
    assert datetime.now(UTC) - used < timedelta(hours=1)


def test_what_has_changed_since_the_sign_off_is_who_gained_and_lost_what(practice: Services) -> None:
    assert practice.reviewing.review(NORTH).last is None
    revision = practice.store.revision(NORTH)
    signed = practice.reviewing.sign_off(by("ana", "all well"), NORTH, revision)
    assert (signed.revision, signed.by, signed.reason) == (revision, "user:ana", "all well")
    assert as_plain(practice.reviewing.review(NORTH))["changed_since"] == {"people": []}
    practice.access.patch(ACTOR, NORTH, user("kim"), {"refund_payments": True})
    practice.grants.grant(ACTOR, INSTALLATION, user("ray"), "security-reviewer")
    review = practice.reviewing.review(NORTH)
    assert review.last is not None
    assert (review.last.revision, review.last.by, review.last.reason) == (revision, "user:ana", "all well")
    gained = {(one.holder, one.resource, one.action) for one in review.since.people if one.kind == "gained"}
    assert {("user:kim", "payment", "refund"), ("user:kim", "payment", "void")} <= gained
    assert {who for who, _, _ in gained} == {"user:kim", "user:ray"}
    assert not [one for one in review.since.people if one.kind == "lost"]
    practice.access.patch(ACTOR, NORTH, user("kim"), {"others_can_edit_my_charts": True})
    told = as_plain(practice.reviewing.review(NORTH))["changed_since"]
    assert isinstance(told, dict)
    of_lee = [one for one in told["people"] if (one["who"], one["action"]) == ("user:lee", "edit")]
    assert [(one["where"], one["words"]) for one in of_lee] == [
        ("draft, of user:kim", "it is a draft, of user:kim"),
    ]
    of_kim = narrowed(review, subject="kim", resource="payment").since.people
    assert {(one.holder, one.resource, one.action) for one in of_kim} == {
        ("user:kim", "payment", "refund"),
        ("user:kim", "payment", "void"),
    }


def test_a_sign_off_needs_the_right_and_is_of_what_is_there_now(practice: Services) -> None:
    revision, events = practice.store.revision(NORTH), practice.store.last_event(NORTH)
    for who in ("lee", "sadm"):
        with pytest.raises((NotAllowed, NotFound)):
            practice.reviewing.sign_off(by(who), NORTH, revision)
    for stale in (revision - 1, revision + 1):
        with pytest.raises(StaleExpectation):
            practice.reviewing.sign_off(by("ana"), NORTH, stale)
    assert practice.store.last_event(NORTH) == events
    practice.grants.grant(ACTOR, INSTALLATION, user("lee"), "security-reviewer")
    with pytest.raises(NotAllowed):
        practice.reviewing.sign_off(by("lee"), NORTH, practice.store.revision(NORTH))


def test_no_name_becomes_a_formula_or_a_part_of_the_page(practice: Services) -> None:
    ray = practice.store.person(user("ray"))
    assert ray is not None
    evil = Person(ray.subject, EVIL, ray.email, ray.home)
    practice.store.apply(Change(NORTH, (PutPerson(evil),), ()))
    practice.roles.put_role(ACTOR, NORTH, "lead", EVIL, [Wish("claim", "read")])
    practice.reviewing.sign_off(by("ana", EVIL), NORTH, practice.store.revision(NORTH))
    review = practice.reviewing.review(NORTH)
    rows = list(csv.DictReader(io.StringIO(as_csv(review.holdings))))
    assert {row["name"] for row in rows if row["subject"] == "user:ray"} == {f"'{EVIL}"}
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())
    assert tuple(rows[0]) == COLUMNS
    page = as_page(review)
    assert "<script" not in page.lower()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not [word for word in ("http://", "https://", "src=", "@import", "url(") if word in page]


def test_a_part_is_about_whom_and_what_was_asked_for(practice: Services) -> None:
    review = practice.reviewing.review(NORTH)
    of_ray = narrowed(review, subject="ray", resource="chart_note")
    assert {holding.subject for holding in of_ray.holdings} == {user("ray")}
    assert {rule.resource for rules in of_ray.rules.values() for rule in rules} == {"chart_note"}
    assert "not all: only user <code>ray</code>, resource <code>chart_note</code>" in as_page(of_ray)
    assert "not all" not in as_page(review)
    of_role = narrowed(review, role="practice-admin")
    assert {holding.role for holding in of_role.holdings} == {"practice-admin"} == set(of_role.rules)
    of_nobody = narrowed(review, role="data-restorer")
    assert of_nobody.holdings == []
    assert {rule.resource for rule in of_nobody.rules["data-restorer"]} == {"deleted_data"}


def test_a_misspelt_word_is_refused_and_never_looks_like_nothing(practice: Services) -> None:
    review = practice.reviewing.review(NORTH)
    with pytest.raises(Invalid) as refused:
        narrowed(review, role="practitoner", subject="user:lea", resource="chart_nots")
    assert [(error.path, error.message.rpartition("; ")[2]) for error in refused.value.errors] == [
        ("role", "did you mean `practitioner`?"),
        ("user", "did you mean `user:lee`?"),
        ("resource", "did you mean `chart_note`?"),
    ]


def test_what_is_held_without_a_grant_is_told_of_everybody_who_holds_it(practice: Services) -> None:
    practice.people.add(ACTOR, NORTH, "joe", "joe@clinic.example", "Joe")
    sue = Membership(user("lee"), NORTH, seat="provider", erx_enabled=True)
    practice.store.apply(Change(NORTH, (PutMembership(sue),), ()))
    practice.memberships.deactivate(ACTOR, NORTH, user("kim"))
    review = practice.reviewing.review(NORTH)
    by_itself = {(h.subject.id, h.role) for h in review.holdings if h.granted_at is None}
    assert by_itself == {(id, "member") for id in ("omar", "ana", "lee", "ray", "joe")} | {("lee", "erx-level.full")}
    assert {h.granted_by for h in review.holdings if h.granted_at is None} == {""}
    assert {(rule.resource, rule.action) for rule in review.rules["erx-level.full"]} >= {("erx", "sign")}
    assert review.owner == user("omar")
    assert "Owned by user:omar" in as_page(review)
    assert not [h for h in practice.reviewing.unused(NORTH, 90) if h.role == "member"]


def test_what_has_ended_since_the_sign_off_is_a_change(practice: Services) -> None:
    ends = datetime.now(UTC) + timedelta(hours=1)
    practice.grants.grant(ACTOR, NORTH, user("kim"), "payment-refunder", ends)
    practice.reviewing.sign_off(by("ana"), NORTH, practice.store.revision(NORTH))
    assert practice.reviewing.review(NORTH).since.people == []
    later = services(Settings(database_url=practice.settings.database_url), lambda: ends + timedelta(days=1))
    since = later.reviewing.review(NORTH).since
    later.close()
    assert {(one.holder, one.resource, one.action, one.kind) for one in since.people} == {
        ("user:kim", "payment", action, "lost") for action in ("refund", "void")
    }


def test_what_the_roles_allow_is_a_table_for_spreadsheets_too(practice: Services) -> None:
    practice.roles.put_role(ACTOR, NORTH, "lead", "Lead", [Wish("claim", "read")])
    review = practice.reviewing.review(NORTH)
    rows = list(csv.DictReader(io.StringIO(rules_as_csv(review.rules))))
    assert len(rows) == sum(map(len, review.rules.values()))
    assert [row for row in rows if row["role"] == "lead"] == [
        {
            "role": "lead", "resource": "claim", "action": "read", "effect": "allow", "conditions": "always",
            "words": "always", "source": "practice:northside",
        }
    ]  # fmt: skip


def test_the_installation_has_a_review_too(sqlite_url: str) -> None:
    with northside_on(sqlite_url) as service:
        service.people.add_outsider(ACTOR, "op", "op@x.example", "Op")
        service.grants.grant(ACTOR, INSTALLATION, user("op"), "operator")
        service.grants.grant(ACTOR, INSTALLATION, Subject.parse("service:charting"), "decision-caller")
        review = service.reviewing.review(INSTALLATION)
        assert {(str(h.subject), h.role) for h in review.holdings} == {
            ("user:op", "operator"),
            ("service:charting", "decision-caller"),
        }
        assert set(review.rules) == {rule.role for rule in service.store.snapshot(INSTALLATION).rules}
