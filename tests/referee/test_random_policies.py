"""On random policies with conditions, denials, expiry and people who left, all three referees agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import Membership, Person, PracticeSettings
from authz.core.policy import Grant, Rule, Snapshot
from authz.engine import CasbinEngine
from authz.policies.in_force import rows_in_force
from authz.policies.shipped import shipped
from tests.referee.ours import ours
from tests.referee.plain_casbin import plain
from tests.referee.specification import allowed, rows_at

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NORTH, SOUTH = Practice("northside"), Practice("southside")
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


def policies(practice: Practice) -> st.SearchStrategy[Snapshot]:
    """Random policies of a practice: shipped rules and its own, denials, grants that expire, people who left."""
    return st.builds(
        lambda members, let_go, gone, rules, grants: Snapshot(
            practice=practice,
            revision=1,
            settings=PracticeSettings(practice, practice.id, blank_erx_level="none"),
            rules=tuple(
                dict.fromkeys(replace(r, practice=practice) if r.practice != INSTALLATION else r for r in rules)
            ),
            grants=tuple(
                {
                    (g.subject, g.role, g.practice): replace(g, practice=practice) if g.practice != INSTALLATION else g
                    for g in grants
                }.values()
            ),
            people={s: Person(s, s.id, f"{s.id}@clinic.example", active=s not in let_go) for s in SUBJECTS[:5]},
            memberships={s: Membership(s, practice, active=s not in gone) for s in members},
        ),
        st.lists(st.sampled_from(MEMBERS), unique=True),
        st.frozensets(st.sampled_from(SUBJECTS[:5]), max_size=1),
        st.frozensets(st.sampled_from(MEMBERS), max_size=1),
        st.lists(rules, max_size=14),
        st.lists(grants, max_size=10),
    )


facts_asked = st.lists(st.frozensets(st.sampled_from(CONDITIONS)), min_size=1, max_size=2)
seconds_later = st.sampled_from([-2, 0, 1, 59, 60, 3600])


def disagreements(held: PolicyHeld, snapshot: Snapshot, facts: list[frozenset[str]], now: datetime) -> list[str]:
    """Questions that specification, plain Casbin and the service do not answer alike, in words."""
    rows = rows_at(snapshot, now)
    referee = plain(rows)
    found = []
    for subject in (*SUBJECTS, Subject.parse("user:nobody")):
        for obj, act in THINGS:
            for given_facts in facts:
                question = (str(subject), snapshot.practice.id, obj, act, given_facts)
                answers = (
                    allowed(rows, *question),
                    bool(snapshot.rules) and referee.enforce(*question),
                    ours(held, subject, obj, act, given_facts),
                )
                if len(set(answers)) != 1:
                    found.append(f"{question}: specification, Casbin, ours: {answers}")
    return found


@settings(max_examples=150, deadline=None)
@given(policies(NORTH), facts_asked, seconds_later)
def test_an_answer_equals_the_specification_and_plain_casbin_on_the_same_rows(
    snapshot: Snapshot, facts: list[frozenset[str]], seconds: int
) -> None:
    now = NOW + timedelta(seconds=seconds)
    assert disagreements(PolicyHeld(snapshot, Memory(ENGINE), now), snapshot, facts, now) == []


@settings(max_examples=75, deadline=None)
@given(st.lists(policies(NORTH) | policies(SOUTH), min_size=2, max_size=4), facts_asked, seconds_later)
def test_what_one_memory_has_answered_for_other_policies_and_practices_changes_no_answer(
    snapshots: list[Snapshot], facts: list[frozenset[str]], seconds: int
) -> None:
    now, memory = NOW + timedelta(seconds=seconds), Memory(ENGINE)
    held = [(PolicyHeld(snapshot, memory, now), snapshot) for snapshot in snapshots]
    for policy, snapshot in held + held:
        assert disagreements(policy, snapshot, facts, now) == []


@settings(max_examples=100, deadline=None)
@given(policies(NORTH), st.integers(-5, 65))
def test_the_rows_in_force_say_themselves_how_long_they_hold(snapshot: Snapshot, seconds: int) -> None:
    held = PolicyHeld(snapshot, Memory(ENGINE), NOW)
    later = NOW + timedelta(seconds=seconds)
    if held.good_for(1, later):
        assert PolicyHeld(snapshot, Memory(ENGINE), later).rows().roles == held.rows().roles
    else:
        assert any(g.expires_at is not None for g in snapshot.grants)


@settings(max_examples=100, deadline=None)
@given(policies(NORTH), seconds_later)
def test_a_policy_held_gives_back_the_rows_in_force_that_it_was_made_from(snapshot: Snapshot, seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    rows, told = PolicyHeld(snapshot, Memory(ENGINE), now).rows(), rows_in_force(snapshot, now)
    assert set(rows.rules) == set(told.rules)
    assert replace(rows, rules=()) == replace(told, rules=())
