"""Whole decisions, reasons and obligations included, equal those worked out the slow way on all rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from authz.checking.deciding import decide
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Context, Request, Resource
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import Emergency
from authz.core.policy import BadRow, Grant, Rule, Snapshot
from authz.policies import VOCABULARY
from authz.policies.rows import BadFields, rule_of
from authz.reviewing.departures import Changes
from tests.policies.asking import ENGINE, SHIPPED
from tests.policies.cast import ABOVE, NORTH, NOW, PEOPLE, SOUTH, snapshot
from tests.referee.plain_casbin import plain
from tests.referee.slowly import Allows, decided
from tests.referee.specification import Row, rows_at

NAMES = [f"user:{id}" for cast in PEOPLE.values() for id in cast]
ASKERS = [*NAMES, *ABOVE, "user:nobody"]
CHARTING = ["chart_note", "task", "user", "analytics_report", "erx", "vitals", "access_request", "lab_result"]
OWN = ("acc", "practitioner")
"""Names of the practices' own roles; the second is also a shipped one's."""


def rules(practice: Practice) -> st.SearchStrategy[list[Rule]]:
    """Rules that a practice could have written, denials among them, about a few types."""
    every = []
    for type in (VOCABULARY.types[name] for name in CHARTING):
        whens = ["always", *(c.name for c in VOCABULARY.conditions.values() if c.fits(type))]
        for role, action, when, effect in product(OWN, type.actions, whens, ("allow", "deny")):
            guards = type.actions[action].guards if effect == "allow" else ()
            names = "+".join(dict.fromkeys([*guards, *(() if when == "always" else (when,))])) or "always"
            try:
                every.append(rule_of([role, practice.id, type.name, action, names, effect]))
            except BadFields:
                continue
    reports = [
        rule_of(["acc", practice.id, "analytics_report", action, f"report={report}", "allow"])
        for action, report in product(("list", "view"), list(VOCABULARY.reports)[:4])
    ]
    return st.lists(st.sampled_from(every) | st.sampled_from(reports), max_size=12, unique=True)


OF = {practice: rules(practice) for practice in (NORTH, SOUTH)}


ROLES = [*OWN, "chart-notes-all", "prescriber"]
ABOUT_THESE = tuple(rule for rule in SHIPPED if rule.resource in CHARTING)


@st.composite
def policies(draw: st.DrawFn) -> Snapshot:
    """The cast of a practice under shipped rules, all or not, and its own, with more grants and emergencies."""
    practice = draw(st.sampled_from([NORTH, SOUTH]))
    dropped = draw(st.sampled_from(["", "", "read", "list"]))
    some = tuple(rule for rule in ABOUT_THESE if rule.action != dropped)
    told = snapshot(practice, some, Changes(blank_erx_level=draw(st.sampled_from(["full", "none"]))))
    who = st.sampled_from([Subject.parse(name) for name in ASKERS])
    where, ends = st.sampled_from([practice, INSTALLATION]), st.sampled_from([None, NOW, NOW + timedelta(seconds=30)])
    more = [
        Grant(draw(who), draw(st.sampled_from(ROLES)), draw(where), "x", NOW, draw(ends))
        for _ in range(draw(st.integers(0, 5)))
    ]
    broken = [
        Emergency("e", practice, draw(who), "p1", "collapse", NOW, NOW + timedelta(hours=1))
        for _ in range(draw(st.integers(0, 2)))
    ]
    return replace(
        told,
        revision=draw(st.integers(1, 3)),
        rules=(*told.rules, *draw(OF[practice])),
        grants=(*told.grants, *more),
        emergencies=tuple(broken),
        bad_rows=(BadRow(1, (), "damaged", may_deny=True),) if draw(st.integers(0, 20)) == 20 else (),
    )


@st.composite
def requests(draw: st.DrawFn, practice: Practice) -> Request:
    """A question of anybody about anything of a few types."""
    type = VOCABULARY.types[draw(st.sampled_from(CHARTING))]
    attributes = {}
    for attribute in type.attributes.values():
        values = NAMES if attribute.kind == "subject" else attribute.choices or ("p1", "p2")
        value = draw(st.none() | st.sampled_from(values))
        attributes |= {} if value is None else {attribute.name: value}
    id = draw(st.sampled_from(["", "lee", "user:ray", "fin.sales_tax", *list(VOCABULARY.reports)[:2]]))
    began = draw(st.none() | st.just(NOW - timedelta(minutes=5)))
    context = Context(began, draw(st.sampled_from(["", "asked for"])), draw(st.booleans()))
    asker, action = Subject.parse(draw(st.sampled_from(ASKERS))), draw(st.sampled_from(list(type.actions)))
    return Request(practice, asker, action, Resource(type.name, id, attributes), context)


def rows_for_casbin(policy: Snapshot, now: datetime) -> list[Row]:
    """What counts, read off the slow way, and the eRx level of those who have none where the practice gives one."""
    rows = rows_at(policy, now)
    for member in policy.memberships if policy.settings.blank_erx_level == "full" else ():
        held = {row[2] for row in rows if row[0] == "g" and row[1] == str(member)}
        if "member" in held and "prescriber" not in held and not any(role.startswith("erx-level.") for role in held):
            rows.append(["g", str(member), "erx-level.full", policy.practice.id])
    return rows


def casbins(policy: Snapshot, now: datetime) -> Allows:
    """What plain Casbin answers on all rows of the practice."""
    enforcer = plain(rows_for_casbin(policy, now))
    return lambda sub, obj, act, facts: enforcer.enforce(sub, policy.practice.id, obj, act, facts)


@settings(max_examples=80, deadline=None)
@given(st.data(), st.lists(policies(), min_size=1, max_size=3))
def test_a_decision_from_a_memory_shared_by_policies_equals_the_one_worked_out_slowly(
    data: st.DataObject, told: list[Snapshot]
) -> None:
    memory = Memory(ENGINE)
    for now in (NOW, NOW + timedelta(minutes=1)):
        for policy in told:
            held, allows = PolicyHeld(policy, memory, now), casbins(policy, now)
            for request in [data.draw(requests(policy.practice)) for _ in range(12)]:
                slowly = decided(request, policy, now, allows)
                assert decide(request, held, now) == decide(request, held, now) == slowly
