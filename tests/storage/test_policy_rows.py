"""Rows keep their meaning from the store through the database to Casbin; a bad one hurts its own practice only."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import casbin
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from authz import storage
from authz.core import changes
from authz.core.names import INSTALLATION, BadName, Practice, Subject, role_name
from authz.core.policy import Grant, Rule
from authz.policies.shipped import shipped
from authz.storage import SqlStore
from authz.storage.adapter import PracticeAdapter, ReadOnlyAdapter
from tests.storage.conftest import (
    CHARTING,
    FAR,
    KIM,
    LEE,
    NOON,
    NORTH,
    SOUTH,
    both_open,
    change,
    everything,
    grant,
    insert_row,
    raw,
    role,
)

POISONED = ("admin, northside", "admin,p2", " admin", "admin ", "ad]min", "ad[min", "(admin", "*", "", "a\nb", "a\x00b")
RULE = Rule("member", INSTALLATION, "patient", "read", ())
SEEDED = (RULE, replace(RULE, action="update"))
GOOD_P = {"ptype": "p", "v0": "acc", "v1": "northside", "v2": "patient", "v3": "read", "v4": "always", "v5": "allow"}
GOOD_G = {"ptype": "g", "v0": "user:lee", "v1": "acc", "v2": "northside"}


@pytest.mark.parametrize("name", POISONED)
def test_a_name_that_could_change_a_rows_meaning_cannot_be_made_or_stored(
    name: str, store: SqlStore, database_url: str
) -> None:
    for make in (role_name, Practice.parse, Subject.user):
        with pytest.raises(BadName):
            make(name)
    both_open(store)
    before = everything(database_url)
    bad_rule = replace(role(NORTH, "acc", "fin.refunds").rules[0], role=name)
    for operation in (
        changes.PutGrant(grant(LEE, name, NORTH)),
        changes.PutRole(replace(role(NORTH, "acc"), id=name)),
        changes.PutRole(replace(role(NORTH, "acc"), rules=(bad_rule,))),
    ):
        with pytest.raises((BadName, ValueError)):
            store.apply(change(NORTH, operation))
    assert everything(database_url) == before


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", fullmatch=True)
PRACTICES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=NAMES, held=NAMES, practice=PRACTICES)
def test_every_name_there_can_be_means_the_same_after_a_reload(
    subject: str, held: str, practice: str, store: SqlStore, database_url: str
) -> None:
    where = Practice(practice)
    given_role = Grant(Subject("service", subject), held, where, "cli:tests", NOON)
    if where not in store.practices(limit=10_000):
        store.apply(change(where, changes.CreatePractice(changes.PracticeSettings(where, "x"))))
    store.apply(change(where, changes.PutGrant(given_role)))
    assert given_role in store.snapshot(where).grants
    with raw(database_url) as connection:
        assert ["g", f"service:{subject}", held, practice] in loaded(connection, where)
    store.apply(change(where, changes.RemoveGrant(given_role.subject, held)))
    assert given_role not in store.snapshot(where).grants


def test_exactly_one_grant_ends_and_none_that_resembles_it(store: SqlStore) -> None:
    both_open(store)
    alike = [grant(KIM, "acc", NORTH), grant(LEE, "acc2", NORTH), grant(Subject("service", "lee"), "acc", NORTH)]
    elsewhere = grant(LEE, "acc", SOUTH)
    store.apply(change(SOUTH, changes.PutGrant(elsewhere)))
    store.apply(change(NORTH, *map(changes.PutGrant, alike), changes.PutGrant(grant(LEE, "acc", NORTH))))
    store.apply(change(NORTH, changes.RemoveGrant(LEE, "acc")))
    left = store.snapshot(NORTH).grants
    assert set(alike) < set(left)
    assert grant(LEE, "acc", NORTH) not in left
    assert elsewhere in store.snapshot(SOUTH).grants
    before = set(left)
    store.apply(change(NORTH, changes.RemoveGrant(LEE, "acc"), changes.RemoveGrant(FAR, "practitioner")))
    assert set(store.snapshot(NORTH).grants) == before


def test_a_grant_made_again_is_the_same_row_with_its_new_end(store: SqlStore) -> None:
    both_open(store)
    store.apply(change(NORTH, changes.PutGrant(grant(LEE, "acc", NORTH))))
    later = replace(grant(LEE, "acc", NORTH), expires_at=NOON + timedelta(days=1), granted_by="user:kim")
    store.apply(change(NORTH, changes.PutGrant(later)))
    assert [g for g in store.snapshot(NORTH).grants if g.role == "acc"] == [later]


def test_the_database_itself_refuses_a_row_twice(store: SqlStore, database_url: str) -> None:
    both_open(store)
    insert_row(database_url, **GOOD_P)
    with pytest.raises(storage.store.StoreUnavailable, match="IntegrityError"):
        insert_row(database_url, **GOOD_P)


def test_the_shipped_rules_become_exactly_those_given(store: SqlStore) -> None:
    both_open(store)
    own = role(NORTH, "acc", "fin.sales_tax")
    store.apply(change(NORTH, changes.PutRole(own)))
    store.apply(change(INSTALLATION, changes.ReplaceShippedRules(SEEDED)))
    store.apply(change(INSTALLATION, changes.ReplaceShippedRules((replace(RULE, origin="policy_seed.csv:7"),))))
    assert [replace(r, origin="") for r in store.snapshot(NORTH).rules] == [*own.rules, RULE]
    assert [r.origin for r in store.snapshot(SOUTH).rules] == ["policy_seed.csv:7"]


def _but(row: dict[str, Any], **columns: Any) -> dict[str, Any]:
    return {**row, **columns}


BAD: dict[str, tuple[dict[str, Any], bool]] = {
    "a rule without effect": (_but(GOOD_P, v5=""), True),
    "a short rule": ({k: GOOD_P[k] for k in ("ptype", "v0", "v1", "v2")}, True),
    "a rule with an unknown effect": (_but(GOOD_P, v5="perhaps"), True),
    "a denial of an unknown type": (_but(GOOD_P, v2="patients", v5="deny"), True),
    "a rule about an unknown type": (_but(GOOD_P, v2="patients"), False),
    "a rule about an unknown action": (_but(GOOD_P, v3="reed"), False),
    "a rule with an unknown condition": (_but(GOOD_P, v4="friday"), False),
    "a rule with code as condition": (_but(GOOD_P, v4="1/0"), False),
    "a rule that allows what nobody may": (_but(GOOD_P, v3="purge"), False),
    "a rule of a role with a comma": (_but(GOOD_P, v0="admin, p2"), False),
    "a rule of a role with a bracket": (_but(GOOD_P, v0="ad]min"), False),
    "a rule of no role": (_but(GOOD_P, v0=""), False),
    "a row of a misspelt kind": (_but(GOOD_P, ptype="P"), False),
    "a denial of a misspelt kind": (_but(GOOD_P, ptype="p2", v5="deny"), True),
    "a row of no kind": (_but(GOOD_P, ptype=""), False),
    "a grant to nobody": (_but(GOOD_G, v0=""), False),
    "a grant to a role": (_but(GOOD_G, v0="practice-admin"), False),
    "a grant to a subject of no kind": (_but(GOOD_G, v0="robot:lee"), False),
    "a grant of no role": (_but(GOOD_G, v1=""), False),
    "a grant of a role with a comma": (_but(GOOD_G, v1="admin, southside"), False),
    "a grant with a field too many": (_but(GOOD_G, v3="southside"), False),
    "a grant of a misspelt kind": (_but(GOOD_G, ptype="G"), True),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_row_is_set_aside_with_an_alarm_and_hurts_its_own_practice_only(
    kind: str, store: SqlStore, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    row, may_deny = BAD[kind]
    both_open(store)
    store.apply(change(INSTALLATION, changes.ReplaceShippedRules(SEEDED)))
    north, south = store.snapshot(NORTH), store.snapshot(SOUTH)
    insert_row(database_url, **row)
    with caplog.at_level(logging.WARNING, "authz"):
        hurt = store.snapshot(NORTH)
    (bad,) = hurt.bad_rows
    assert (bad.may_deny, hurt.damaged) == (may_deny, may_deny)
    assert bad.fields[0] == row["ptype"]
    assert replace(hurt, bad_rows=()) == north
    (alarm,) = [record for record in caplog.records if record.message == "policy_row_set_aside"]
    assert (alarm.practice, alarm.row) == ("northside", bad.id)  # type: ignore[attr-defined]
    assert store.snapshot(SOUTH) == south
    assert store.snapshot(INSTALLATION).bad_rows == ()


def test_a_lost_grant_may_be_a_lost_denial_where_some_role_denies(store: SqlStore, database_url: str) -> None:
    both_open(store)
    denies = Rule("suspended", NORTH, "patient", "read", (), "deny")
    store.apply(change(NORTH, changes.PutRole(changes.PracticeRole(NORTH, "suspended", "x", "role", (denies,)))))
    insert_row(database_url, **_but(GOOD_G, v1="sus pended"))
    assert store.snapshot(NORTH).damaged
    assert not store.snapshot(SOUTH).damaged


def test_a_bad_shipped_row_is_mended_by_loading_the_shipped_rules(store: SqlStore, database_url: str) -> None:
    both_open(store)
    insert_row(database_url, **_but(GOOD_P, v1="*", v5="bogus"))
    assert all(store.snapshot(p).damaged for p in (NORTH, SOUTH, INSTALLATION))
    store.apply(change(INSTALLATION, changes.ReplaceShippedRules(SEEDED)))
    assert not any(store.snapshot(p).bad_rows for p in (NORTH, SOUTH, INSTALLATION))


def test_a_grant_with_an_unreadable_end_is_set_aside(store: SqlStore, database_url: str) -> None:
    both_open(store)
    with raw(database_url) as connection:
        if connection.dialect.name != "sqlite":
            with pytest.raises(Exception, match="invalid input syntax"):
                connection.execute(text("UPDATE casbin_rule SET expires_at = 'soon'"))
            connection.rollback()
            return
        connection.execute(text("UPDATE casbin_rule SET expires_at = 'soon' WHERE v0 = 'user:lee'"))
    (bad,) = store.snapshot(NORTH).bad_rows
    assert bad.fields[:4] == ("g", "user:lee", "practitioner", "northside")
    assert [g.subject for g in store.snapshot(NORTH).grants] == [KIM]


def loaded(connection: Any, practice: Practice) -> list[list[str]]:
    """What Casbin's own model holds after loading from our adapter."""
    model = casbin.Enforcer.new_model(path=str(shipped("model.conf")))
    PracticeAdapter(connection, practice, lambda: NOON).load_policy(model)
    return [[kind, *row] for kind in ("p", "g") for row in model.model[kind][kind].policy]


def test_casbin_loads_one_practice_with_what_is_above_all_and_without_what_is_over(
    store: SqlStore, database_url: str
) -> None:
    both_open(store)
    store.apply(
        change(
            INSTALLATION,
            changes.ReplaceShippedRules((RULE,)),
            changes.PutGrant(grant(CHARTING, "decision-caller", INSTALLATION)),
        )
    )
    store.apply(
        change(
            NORTH,
            changes.PutRole(role(NORTH, "acc", "fin.refunds")),
            changes.PutGrant(grant(LEE, "acc", NORTH, NOON)),
            changes.PutGrant(grant(KIM, "acc", NORTH, NOON + timedelta(microseconds=1))),
            changes.PutGrant(grant(CHARTING, "decision-caller", NORTH)),
        )
    )
    with raw(database_url) as connection:
        assert sorted(loaded(connection, NORTH)) == [
            ["g", "service:charting", "decision-caller", "northside"],
            ["g", "user:kim", "acc", "northside"],
            ["g", "user:kim", "practitioner", "northside"],
            ["g", "user:lee", "practitioner", "northside"],
            ["p", "acc", "northside", "analytics_report", "view", "report=fin.refunds", "allow"],
            ["p", "member", "*", "patient", "read", "always", "allow"],
        ]


WRITES: dict[str, tuple[Any, ...]] = {
    "save_policy": (None,),
    "add_policy": ("p", "p", ["x"]),
    "add_policies": ("p", "p", [["x"]]),
    "remove_policy": ("p", "p", ["x"]),
    "remove_policies": ("p", "p", [["x"]]),
    "remove_filtered_policy": ("p", "p", 0, ""),
    "update_policy": ("p", "p", ["x"], ["y"]),
    "update_policies": ("p", "p", [["x"]], [["y"]]),
    "update_filtered_policies": ("p", "p", [["x"]], 0, ""),
    "load_filtered_policy": (None, None),
}


def test_casbin_cannot_write_through_the_adapter(store: SqlStore, database_url: str) -> None:
    both_open(store)
    before = everything(database_url)
    with raw(database_url) as connection:
        adapter = PracticeAdapter(connection, NORTH)
        public = {name for name in dir(adapter) if not name.startswith("_") and callable(getattr(adapter, name))}
        reads = {"load_policy", "is_filtered", "read", "own_rules", "grants_of", "filter_query", "session_local"}
        assert public - WRITES.keys() <= reads
        for name, arguments in WRITES.items():
            with pytest.raises(ReadOnlyAdapter):
                getattr(adapter, name)(*arguments)
    assert everything(database_url) == before


def test_a_row_that_names_no_practice_is_loaded_by_none_and_found_when_looked_for(
    store: SqlStore, database_url: str
) -> None:
    both_open(store)
    store.apply(change(INSTALLATION, changes.ReplaceShippedRules(SEEDED)))
    before = [store.snapshot(practice) for practice in (NORTH, SOUTH, INSTALLATION)]
    assert store.stray_rows() == []
    insert_row(database_url, **_but(GOOD_P, v1="northside, southside"))
    insert_row(database_url, **_but(GOOD_G, v2="nowhere"))
    assert [row.fields[0] for row in store.stray_rows()] == ["p", "g"]
    assert [store.snapshot(practice) for practice in (NORTH, SOUTH, INSTALLATION)] == before
