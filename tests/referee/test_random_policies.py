"""On random policies with conditions, denials, expiry and people who left, all three referees agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from authz.checking.policy_held import PolicyHeld
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import Membership, Person, PracticeSettings
from authz.core.policy import Grant, Rule, Snapshot
from authz.engine import CasbinEngine
from authz.policies.shipped import shipped
from tests.referee.plain_casbin import plain
from tests.referee.specification import allowed, rows_at

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NORTH = Practice("northside")
ENGINE = CasbinEngine(shipped("model.conf"))
SUBJECTS = [
    Subject.parse(name) for name in ("user:lee", "user:kim", "user:ray", "user:old", "user:op", "service:charting")
]
MEMBERS = SUBJECTS[:4]
ROLES = ["member", "practitioner", "claims-editor", "of-our-own"]
THINGS = [("chart_note", "read"), ("chart_note", "edit"), ("claim", "edit")]
CONDITIONS = ["own", "shared", "draft", "claim_open"]

rules = st.builds(
    lambda role, practice, thing, when, effect: Rule(role, practice, *thing, tuple(sorted(when)), effect),
    st.sampled_from(ROLES),
    st.sampled_from([INSTALLATION, NORTH]),
    st.sampled_from(THINGS),
    st.frozensets(st.sampled_from(CONDITIONS), max_size=2),
    st.sampled_from(["allow", "allow", "allow", "deny"]),
)
grants = st.builds(
    lambda subject, role, practice, seconds: Grant(
        subject, role, practice, "user:ana", NOW, None if seconds is None else NOW + timedelta(seconds=seconds)
    ),
    st.sampled_from(SUBJECTS),
    st.sampled_from(ROLES[1:]),
    st.sampled_from([NORTH, NORTH, INSTALLATION]),
    st.sampled_from([None, None, -1, 0, 1, 60]),
)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    members = draw(st.lists(st.sampled_from(MEMBERS), unique=True))
    people = {
        s: Person(s, s.id, f"{s.id}@clinic.example", active=draw(st.booleans() | st.just(True))) for s in SUBJECTS[:5]
    }
    return Snapshot(
        practice=NORTH,
        revision=1,
        settings=PracticeSettings(NORTH, "Northside", blank_erx_level="none"),
        rules=tuple(dict.fromkeys(draw(st.lists(rules, max_size=14)))),
        grants=tuple({(g.subject, g.role, g.practice): g for g in draw(st.lists(grants, max_size=10))}.values()),
        people=people,
        memberships={s: Membership(s, NORTH, active=draw(st.booleans() | st.just(True))) for s in members},
    )


@settings(max_examples=400, deadline=None)
@given(
    snapshots(),
    st.lists(st.frozensets(st.sampled_from(CONDITIONS)), min_size=1, max_size=2),
    st.sampled_from([-2, 0, 1, 59, 60, 3600]),
)
def test_a_decision_equals_the_specification_and_plain_casbin_on_the_same_rows(
    snapshot: Snapshot, facts: list[frozenset[str]], seconds: int
) -> None:
    now = NOW + timedelta(seconds=seconds)
    held = PolicyHeld(snapshot, ENGINE, now)
    rows = rows_at(snapshot, now)
    referee = plain(rows)
    for subject in (*SUBJECTS, Subject.parse("user:nobody")):
        for obj, act in THINGS:
            for given_facts in facts:
                question = (str(subject), "northside", obj, act, given_facts)
                mine = held.policy.allows(subject, obj, act, given_facts)
                assert mine == allowed(rows, *question), question
                assert mine == (bool(snapshot.rules) and referee.enforce(*question)), question


@settings(max_examples=100, deadline=None)
@given(snapshots(), st.integers(-5, 65))
def test_the_rows_in_force_say_themselves_how_long_they_hold(snapshot: Snapshot, seconds: int) -> None:
    held = PolicyHeld(snapshot, ENGINE, NOW)
    later = NOW + timedelta(seconds=seconds)
    if held.good_for(1, later):
        assert PolicyHeld(snapshot, ENGINE, later).rows.roles == held.rows.roles
    else:
        assert any(g.expires_at is not None for g in snapshot.grants)
