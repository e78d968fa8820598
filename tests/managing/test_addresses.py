"""An address belongs to one person in the whole installation, however it is written, and changing it keeps the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from authz.bootstrap import Services
from authz.core.decision import Context, Reason, Request, Resource
from authz.core.errors import Conflict, Invalid
from authz.managing import Details
from tests.managing.conftest import ACTOR, NORTH, SOUTH, by, user

SAME = [
    ("lee@clinic.example", "LEE@Clinic.EXAMPLE"),
    ("jos\u00e9@clinic.example", "jose\u0301@clinic.example"),
    ("jos\u00e9@clinic.example", "JOSE\u0301@CLINIC.EXAMPLE"),
    ("\uff4c\uff45\uff45@clinic.example", "lee@clinic.example"),
    ("stra\u00dfe@clinic.example", "STRASSE@clinic.example"),
    ("\u03c3\u03bf\u03c6\u03cc\u03c2@clinic.example", "\u03a3\u039f\u03a6\u038c\u03a3@clinic.example"),
    ("\ufb01ona@clinic.example", "FIONA@clinic.example"),
    ("lee@m\u00fcller.example", "lee@xn--mller-kva.example"),
    ("lee@m\u00fcller.example", "lee@XN--MLLER-KVA.Example"),
]
UNSEEN = ["\u200b", "\u200d", "\u00ad", "\ufe0f", "\u034f", "\u202e", "\u3164", "\0"]


@pytest.mark.parametrize(("one", "other"), [*SAME, *((b, a) for a, b in SAME)])
@pytest.mark.parametrize("as_alias", [False, True])
def test_one_address_in_two_writings_is_one_persons(practice: Services, one: str, other: str, as_alias: bool) -> None:
    practice.people.edit(ACTOR, NORTH, user("lee"), Details(aliases=["away@clinic.example"]))
    practice.people.change_email(ACTOR, NORTH, user("lee"), "lee.moved@clinic.example")
    if as_alias:
        practice.people.add(ACTOR, SOUTH, "bea", "bea@clinic.example", "Bea", aliases=[one])
    else:
        practice.people.add(ACTOR, SOUTH, "bea", one, "Bea")
    events = practice.store.last_event(NORTH)
    for write in (
        lambda: practice.people.add(by("omar"), NORTH, None, other, "Second"),
        lambda: practice.people.add(by("omar"), NORTH, None, "x@clinic.example", "Second", aliases=[other]),
        lambda: practice.people.change_email(by("omar"), NORTH, user("ray"), other),
        lambda: practice.people.edit(by("omar"), NORTH, user("ray"), Details(aliases=[other])),
    ):
        with pytest.raises(Conflict) as refused:
            write()
        assert (refused.value.code, "southside" in str(refused.value)) == ("email_taken", False)
    assert practice.store.last_event(NORTH) == events
    found = practice.store.person_by_email(other)
    assert found is not None
    assert found.subject == user("bea")


@pytest.mark.parametrize("unseen", UNSEEN)
def test_what_nobody_can_see_is_in_no_address(practice: Services, unseen: str) -> None:
    with pytest.raises(Invalid, match="email"):
        practice.people.change_email(ACTOR, NORTH, user("ray"), f"r{unseen}ay@clinic.example")


def test_an_address_changes_case_and_an_alias_becomes_the_address(practice: Services) -> None:
    practice.people.edit(ACTOR, NORTH, user("ray"), Details(aliases=["r@clinic.example"]))
    changed = practice.people.change_email(ACTOR, NORTH, user("ray"), "R@clinic.example").after.people[user("ray")]
    assert (changed.email, changed.aliases) == ("R@clinic.example", ())
    assert practice.people.change_email(ACTOR, NORTH, user("ray"), "r@Clinic.example").written
    assert practice.people.add(ACTOR, SOUTH, "bea", "ray@clinic.example", "Bea").written


def test_a_changed_address_ends_sessions_from_before_and_keeps_everything_else(practice: Services) -> None:
    before = practice.checker.permissions(NORTH, user("ray"))[1]
    member = practice.store.snapshot(NORTH).memberships[user("ray")]
    practice.people.change_email(by("omar"), NORTH, user("ray"), "raymond@clinic.example")
    person = practice.store.person(user("ray"))
    assert person is not None
    assert person.sessions_from is not None
    assert practice.checker.permissions(NORTH, user("ray"))[1] == before
    assert practice.store.snapshot(NORTH).memberships[user("ray")] == member

    def reason(seconds: int) -> Reason:
        began = Context(authenticated_at=person.sessions_from + timedelta(seconds=seconds))
        request = Request(NORTH, user("ray"), "edit", Resource("chart_note", "n", DRAFT), began)
        return practice.checker.check(request).reason

    assert [reason(seconds) for seconds in (-1, 0, 1)] == [Reason.SESSION_ENDED, Reason.GRANTED, Reason.GRANTED]


DRAFT = {"author": "user:ray", "state": "draft"}
