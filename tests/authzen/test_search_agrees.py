"""Over random policies and registries, a search finds exactly what evaluations permit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.core.changes import (
    Change,
    Event,
    Operation,
    PracticeRole,
    PutEntries,
    PutGrant,
    PutRole,
    RemoveEntries,
    RemoveGrant,
)
from authz.core.names import Subject
from authz.core.policy import Grant, Rule
from authz.core.registry import Entry
from authz.policies import VOCABULARY
from authz.policies.rows import BadFields, rule_of
from tests.api.conftest import ACTOR, NORTHSIDE, World, made_world
from tests.api.serving import Server, served

TYPES: Final = ("chart_note", "task", "claim", "vitals", "lab_order")
PEOPLE: Final = ("lee", "ray", "joe", "sue", "omar")
AUTHORS: Final = [f"user:{name}" for name in PEOPLE]
ROLES: Final = ("one", "two")
NOW: Final = datetime(2026, 11, 23, tzinfo=UTC)
_numbers = count()


def rules_of(role: str) -> list[Rule]:
    """Every rule with at most one condition that a role could have about these types."""
    found = []
    for type in TYPES:
        for action in VOCABULARY.types[type].actions:
            for condition in ("always", *VOCABULARY.conditions):
                for effect in ("allow", "deny"):
                    try:
                        found.append(rule_of([role, NORTHSIDE.id, type, action, condition, effect]))
                    except BadFields:
                        continue
    return found


RULES: Final = {role: rules_of(role) for role in ROLES}


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    found = []
    for number in range(draw(st.integers(0, 12))):
        type = draw(st.sampled_from(TYPES))
        known = VOCABULARY.types[type].attributes
        stored = {}
        for name, attribute in known.items():
            values = AUTHORS if attribute.kind == "subject" else [*attribute.choices] or ["p1"]
            value = draw(st.sampled_from([None, *values]))
            if value is not None:
                stored[name] = value
        found.append(Entry(type, f"{draw(st.sampled_from('abz'))}{number}", stored))
    return found


@st.composite
def policies(draw: st.DrawFn) -> list[Operation]:
    made: list[Operation] = []
    for role in ROLES:
        rules = draw(st.lists(st.sampled_from(RULES[role]), max_size=8, unique_by=lambda rule: tuple(rule.row())))
        made.append(PutRole(PracticeRole(NORTHSIDE, role, role, "role", tuple(rules))))
        holders = draw(st.sets(st.sampled_from(PEOPLE)))
        made += [PutGrant(Grant(Subject.user(who), role, NORTHSIDE, "x", NOW)) for who in sorted(holders)]
    return made


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Server]]:
    folder: Path = tmp_path_factory.mktemp("agreeing")
    with made_world(folder) as world, served(folder, {"AUTHZ_DATABASE_URL": world.url}) as server:
        yield world, server


def post(asked: tuple[World, Server], endpoint: str, body: object) -> Any:
    world, server = asked
    path = f"/practices/northside/access/v1/{endpoint}"
    answer = server.call("POST", path, body, token=world.tokens["service:charting"])
    assert answer.status == 200, answer.body
    return answer.json


@settings(max_examples=20, deadline=None, suppress_health_check=[*HealthCheck], derandomize=True, database=None)
@given(policy=policies(), stored=entries(), type=st.sampled_from(TYPES), explain=st.booleans())
def test_a_search_finds_exactly_what_evaluations_permit(
    asked: tuple[World, Server], policy: list[Operation], stored: list[Entry], type: str, explain: bool
) -> None:
    replace_all(asked[0], policy, stored)
    context = {"explain": explain, "reason": "asked"}
    resources = [{"type": one.type, "id": one.id} for one in stored if one.type == type]
    subjects = [{"type": "user", "id": who} for who in sorted(PEOPLE)]
    actions = [{"name": name} for name in sorted(VOCABULARY.types[type].actions)]
    questions = [
        {"subject": s, "action": a, "resource": r, "context": context}
        for s in subjects
        for a in actions
        for r in resources
    ]
    permitted = []
    for start in range(0, len(questions), 1000):
        answers = post(asked, "evaluations", {"evaluations": questions[start : start + 1000]})["evaluations"]
        permitted += [q for q, a in zip(questions[start:], answers, strict=False) if a["decision"]]
    for resource in resources:
        for action in actions:
            body = {"subject": {"type": "user"}, "action": action, "resource": resource, "context": context}
            expected = [q["subject"] for q in permitted if (q["action"], q["resource"]) == (action, resource)]
            assert post(asked, "search/subject", body)["results"] == expected
        for subject in subjects:
            body = {"subject": subject, "resource": resource, "context": context}
            expected = [q["action"] for q in permitted if (q["subject"], q["resource"]) == (subject, resource)]
            assert post(asked, "search/action", body)["results"] == expected
    for subject in subjects[:2]:
        for action in actions:
            body = {"subject": subject, "action": action, "resource": {"type": type}, "context": context}
            expected = [q["resource"] for q in permitted if (q["subject"], q["action"]) == (subject, action)]
            assert post(asked, "search/resource", body)["results"] == sorted(expected, key=lambda r: str(r["id"]))


def replace_all(world: World, policy: list[Operation], stored: list[Entry]) -> None:
    """The roles and the registry become these."""
    store = world.services.store
    gone = [entry.named for type in TYPES for entry in store.entries(NORTHSIDE, type)[1]]
    held = [g for g in store.snapshot(NORTHSIDE).grants if g.role in ROLES]
    operations = [RemoveEntries(tuple(gone)), *(RemoveGrant(g.subject, g.role) for g in held), *policy]
    event = Event(ACTOR.actor, "policy_drawn", f"example:{next(_numbers)}")
    store.apply(Change(NORTHSIDE, (*operations, PutEntries(tuple(stored))), (event,)))
