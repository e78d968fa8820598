"""Somebody who belongs to a practice and holds a role in the whole installation: let go at home, let go everywhere."""

from __future__ import annotations

from authz.bootstrap import Services
from authz.core.decision import Reason, Request, Resource
from authz.core.names import INSTALLATION
from tests.managing.conftest import ACTOR, NORTH, SOUTH, by, user


def test_who_is_let_go_at_home_reviews_no_other_practice_from_then_on(practice: Services) -> None:
    practice.grants.grant(ACTOR, INSTALLATION, user("lee"), "security-reviewer")
    asked = [Request(where, user("lee"), "read", Resource("audit_log")) for where in (SOUTH, INSTALLATION)]
    assert [practice.checker.check(one).allowed for one in asked] == [True, True]
    practice.memberships.deactivate(by("omar"), NORTH, user("lee"))
    assert [practice.checker.check(one).reason for one in asked] == [Reason.INACTIVE, Reason.INACTIVE]
    practice.memberships.reactivate(by("omar"), NORTH, user("lee"))
    assert [practice.checker.check(one).allowed for one in asked] == [True, True]
