"""Every small policy: specification, our engine and plain Casbin give the same answers."""

from __future__ import annotations

import itertools
import pickle
from collections import defaultdict

import pytest

from authz.core.names import Practice, Subject
from authz.core.policy import RowsInForce, Rule
from authz.engine import CasbinEngine
from authz.policies.shipped import shipped
from tests.referee.plain_casbin import plain
from tests.referee.specification import allowed

PRACTICES, USERS, ROLES, ACTIONS = (
    ("north", "south"),
    ("user:lee", "user:kim", "user:ray"),
    ("one", "two"),
    ("see", "do"),
)
NOTHING: frozenset[str] = frozenset()
ENGINE = CasbinEngine(shipped("model.conf"))
P_ROWS = [["p", r, d, "thing", a, "always", "allow"] for r in ROLES for d in (*PRACTICES, "*") for a in ACTIONS]
G_ROWS = [["g", u, r, d] for u in USERS for r in ROLES for d in PRACTICES]
QUESTIONS = list(itertools.product(USERS, PRACTICES, ACTIONS))


def ours(rows: list[list[str]], practice: str) -> object:
    """Our engine as it is made for one practice: shipped rows and the practice's own."""
    held: defaultdict[Subject, set[str]] = defaultdict(set)
    for _, subject, role, domain in (row for row in rows if row[0] == "g"):
        if domain == practice:
            held[Subject.parse(subject)].add(role)
    rules = [
        Rule(role, Practice(domain), obj, act, () if when == "always" else tuple(when.split("+")), effect)
        for _, role, domain, obj, act, when, effect in (row for row in rows if row[0] == "p")
        if domain in ("*", practice)
    ]
    return ENGINE.prepare(
        RowsInForce(Practice(practice), 1, tuple(rules), {s: frozenset(roles) for s, roles in held.items()})
    )


def disagreements(rows: list[list[str]], questions: list[tuple[str, str, str]] = QUESTIONS) -> list[str]:
    """Questions on which the three do not agree, in words."""
    referee = plain(rows)
    mine = {practice: ours(rows, practice) for practice in PRACTICES}
    found = []
    for user, practice, action in questions:
        answers = (
            allowed(rows, user, practice, "thing", action, NOTHING),
            mine[practice].allows(Subject.parse(user), "thing", action, NOTHING),  # type: ignore[attr-defined]
            referee.enforce(user, practice, "thing", action, NOTHING) if any(r[0] == "p" for r in rows) else False,
        )
        if len(set(answers)) != 1:
            found.append(f"{rows}: may {user} {action} in {practice}? specification, ours, Casbin: {answers}")
    return found


def test_every_policy_of_at_most_two_rows_decides_alike_for_everyone() -> None:
    small = itertools.chain.from_iterable(itertools.combinations(P_ROWS + G_ROWS, size) for size in range(3))
    assert [d for rows in small for d in disagreements([list(row) for row in rows])] == []


@pytest.mark.parametrize("rules", range(7))
def test_every_combination_of_rows_that_can_bear_on_one_question_decides_alike(rules: int) -> None:
    about_seeing = [row for row in P_ROWS if row[4] == "see"]
    of_lee = [row for row in G_ROWS if row[1] == "user:lee"]
    questions = [(user, practice, "see") for user in USERS[:2] for practice in PRACTICES]
    wrong = []
    for chosen in itertools.combinations(about_seeing, rules):
        for grants in itertools.chain.from_iterable(itertools.combinations(of_lee, n) for n in range(len(of_lee) + 1)):
            wrong += disagreements([*map(list, chosen), *map(list, grants)], questions)
    assert wrong == []


def test_a_row_of_somebody_else_or_about_something_else_changes_no_answer_for_lee() -> None:
    base = [row for row in P_ROWS if row[2] == "north"][:1] + [row for row in G_ROWS if row[1] == "user:lee"][:1]
    for extra in [row for row in G_ROWS if row[1] != "user:lee"] + [row for row in P_ROWS if row[2] == "south"]:
        before = ours(base, "north").allows(Subject.parse("user:lee"), "thing", "see", NOTHING)  # type: ignore[attr-defined]
        after = ours([*base, extra], "north").allows(Subject.parse("user:lee"), "thing", "see", NOTHING)  # type: ignore[attr-defined]
        assert before is after is True, extra


def test_rows_are_handed_over_as_copies_so_that_nothing_outside_changes_an_engine() -> None:
    rows = [["p", "one", "*", "thing", "see", "always", "allow"], ["g", "user:lee", "one", "north"]]
    kept = pickle.dumps(rows)
    engine = ours(rows, "north")
    rows[0][6] = "deny"
    assert engine.allows(Subject.parse("user:lee"), "thing", "see", NOTHING)  # type: ignore[attr-defined]
    assert pickle.loads(kept)[0][6] == "allow"
