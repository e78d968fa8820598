"""No change within one practice alters an answer in another; and where one did, the certificate would say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from authz.bootstrap import Services
from authz.core.names import INSTALLATION
from authz.core.policy import Grant, RowsInForce, Rule
from authz.engine import CasbinEngine, KeptCasbinPolicy
from authz.engine.enforcers import Beside, Pattern
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped
from authz.reviewing.isolation import certified, digest_of
from tests.managing.conftest import NORTH, SOUTH
from tests.managing.writes import furnish

MODEL = shipped("model.conf").read_text(encoding="utf-8")
RULES = read_policy(shipped("policy_seed.csv"))
SOME = [rule for rule in RULES if rule.resource in ("chart_note", "claim")]


class Doctored:
    """Casbin on a model that the service would refuse to start with."""

    def __init__(self, change: Callable[[str], str]) -> None:
        self._pattern = Pattern(change(MODEL))

    def prepare_beside(self, rows: RowsInForce, others: RowsInForce) -> KeptCasbinPolicy:
        return KeptCasbinPolicy(self._pattern, Beside(rows, others))


def test_practices_are_isolated_by_the_shipped_model_whatever_the_rules(practice: Services) -> None:
    furnish(practice)
    stored = [practice.store.snapshot(where) for where in (NORTH, SOUTH)]
    found = certified(RULES, CasbinEngine(shipped("model.conf")), stored)
    assert found.holds
    assert (found.rules, found.practices) == (len(RULES), 2)
    assert found.rows == sum(len(s.rules) + len(s.grants) for s in stored)
    assert found.questions > 5_000
    assert found.changes > 100_000


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (' && (p.dom == "*" || p.dom == r.dom)', ""),
        ('p.dom == "*" || p.dom == r.dom', 'p.dom == "*" || p.dom != "nowhere"'),
    ],
)
def test_a_matcher_that_lets_the_rows_of_others_count_is_found_out(was: str, becomes: str) -> None:
    assert was in MODEL
    engine: Any = Doctored(lambda text: text.replace(was, becomes))
    found = certified(SOME, engine)
    assert not found.holds
    assert any("may `read` a `chart_note`" in one for one in found.altered)
    assert any("may not `read` a `chart_note`" in one for one in found.altered)


def test_stored_rows_of_others_are_named(practice: Services) -> None:
    snapshot = practice.store.snapshot(NORTH)
    grant = Grant(next(iter(snapshot.memberships)), "practitioner", SOUTH, "user:ana", snapshot.grants[0].granted_at)
    rule = Rule("lead", SOUTH, "claim", "read", ())
    spoilt = replace(snapshot, grants=(*snapshot.grants, grant), rules=(*snapshot.rules, rule))
    found = certified((), CasbinEngine(shipped("model.conf")), [spoilt])
    assert len(found.foreign) == 2
    assert not found.holds


def test_the_digest_is_of_the_rows_and_not_of_their_order() -> None:
    assert digest_of(RULES) == digest_of(reversed(RULES))
    assert digest_of(RULES) != digest_of(RULES[1:])
    assert digest_of([replace(rule, practice=INSTALLATION, origin="") for rule in RULES]) == digest_of(RULES)
