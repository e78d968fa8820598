"""What a decision costs in process: `python -m bench.decisions [--record]`.

Without HTTP, database and revision: `decide` alone, asked again (warm) and for the first time after a start or an edit
of rules (first), and the memory that a practice of thirty users takes while it is held ready.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import product
from typing import Final

from authz.checking.deciding import decide
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Context, Request, Resource
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import Membership, Person, PracticeSettings
from authz.core.policy import Grant, Rule, Snapshot
from authz.engine import CasbinEngine
from authz.policies import VOCABULARY
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped
from bench.practices import ROLES, USERS, member, memory, named

NOW: Final = datetime.now(UTC)
RULES: Final = 250
PRACTICES: Final = 10_000
TURNS: Final = 7
MARK: Final = "\n# What a decision costs in process\n"


def rules() -> tuple[Rule, ...]:
    """The shipped rules, and as many more of other roles about the same things as make 250."""
    read = read_policy(shipped("policy_seed.csv"))
    more = [Rule(f"more-{n}", INSTALLATION, r.resource, r.action, r.conditions) for n, r in enumerate(read)]
    return (*read, *more)[: max(RULES, len(read))]


def snapshot(practice: Practice, rules: tuple[Rule, ...], users: int = USERS, revision: int = 1) -> Snapshot:
    """Thirty people made from nothing that another practice has, as a database would give them."""
    people, memberships, grants = {}, {}, []
    for index in range(users):
        user, author = member(practice, index), index % 3 == 0
        here = Practice("".join(practice.id))
        people[user] = Person(user, f"{user.id} name", f"{user.id}@example.org", here)
        cosigner = member(practice, 0) if author and index else None
        memberships[user] = Membership(
            Subject.parse(str(user)), here, seat="provider" if author else "office", cosigner=cosigner,
            others_can_edit_my_charts=index % 2 == 0,
        )  # fmt: skip
        held = ROLES if author else ROLES[index % 5 : index % 5 + 1]
        grants += [Grant(Subject.parse(str(user)), role, here, "cli:bench", datetime.now(UTC)) for role in held]
    return Snapshot(
        practice, revision, PracticeSettings(practice, practice.id), rules, tuple(grants), people, memberships
    )


def questions(practice: Practice) -> dict[str, list[Request]]:
    """Questions of the kinds that a day in a practice is made of, each put by everybody."""

    def all_ask(type: str, action: str, **attributes: str) -> list[Request]:
        return [
            Request(
                practice, Subject.parse(str(member(practice, index))), action,
                Resource(type, f"x{index}", attributes),
                Context(NOW),
            )
            for index in range(USERS)
        ]  # fmt: skip

    note = {"author": str(member(practice, 3)), "state": "draft", "patient": "p1"}
    return {
        "read a patient (no condition)": all_ask("patient", "read"),
        "read a chart note (up to 3 conditions)": all_ask("chart_note", "read", **note),
        "list chart notes (narrowed)": all_ask("chart_note", "list"),
        "edit a draft (demands a view)": all_ask("chart_note", "edit", **note),
        "complete a task (own)": all_ask("task", "complete", assignee=str(member(practice, 3))),
        "sign a draft (4 conditions)": all_ask("chart_note", "sign", **note),
        "prescribe": all_ask("erx", "prepare", named_prescriber=str(member(practice, 3)), patient="p1"),
    }


def fastest(call: Callable[[], object], number: int) -> float:
    """Microseconds of one call of `number`, in the quietest of some turns: what others on the machine take is not ours."""
    taken = []
    for _ in range(TURNS):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return min(taken) / number * 1e6


def warm(asked: Sequence[Request], held: PolicyHeld, times: int = 100) -> float:
    def ask() -> None:
        for _ in range(times):
            for request in asked:
                decide(request, held, NOW)

    ask()
    return fastest(ask, times * len(asked))


def kinds(practice: Practice) -> list[Request]:
    """Each action on each type, by one person of each set of roles."""
    asked = []
    for index, type in product((0, 1, 2, 4, 5, 6), VOCABULARY.types.values()):
        given = {name: str(member(practice, 3)) for name, a in type.attributes.items() if a.kind == "subject"}
        given |= {name: a.choices[0] for name, a in type.attributes.items() if a.choices}
        given |= {"patient": "p1"} if "patient" in type.attributes else {}
        for action in type.actions:
            asked.append(
                Request(practice, member(practice, index), action, Resource(type.name, "fin.sales_tax", given))
            )
    return asked


def first(told: Snapshot, asked: Sequence[Request]) -> list[float]:
    """Microseconds of each question, put to a memory that has answered no other; each at its quietest."""
    engine = CasbinEngine(shipped("model.conf"))
    best = [float("inf")] * len(asked)
    for _ in range(TURNS):
        for place, request in enumerate(asked):
            held = PolicyHeld(told, Memory(engine), NOW)
            began = time.perf_counter()
            decide(request, held, NOW)
            best[place] = min(best[place], (time.perf_counter() - began) * 1e6)
    return sorted(best)


def many(number: int, shared: Memory, all_rules: tuple[Rule, ...]) -> tuple[float, float, list[PolicyHeld]]:
    """Kilobytes for each of that many practices, everybody in them asked once, and microseconds of asking at random."""
    before = memory()
    held = [PolicyHeld(snapshot(named(n), all_rules), shared, NOW) for n in range(number)]
    for n, policy in enumerate(held):
        for request in questions(named(n))["edit a draft (demands a view)"]:
            decide(request, policy, NOW)
    each = (memory() - before) * 1024 / number
    asked = [(questions(named(n * 7919 % number))["read a chart note (up to 3 conditions)"][n % USERS], n * 7919 % number)
             for n in range(5_000)]  # fmt: skip

    def ask() -> None:
        for request, n in asked:
            decide(request, held[n], NOW)

    return each, fastest(ask, len(asked)), held


def measure(number: int) -> dict[str, object]:
    told = rules()
    policy = snapshot(named(0), told)
    held = PolicyHeld(policy, Memory(CasbinEngine(shipped("model.conf"))), NOW)
    warmed = {name: warm(asked, held) for name, asked in questions(named(0)).items()}
    cold = first(policy, kinds(named(0)))
    gc.collect()
    each, at_random, _ = many(number, Memory(CasbinEngine(shipped("model.conf"))), told)
    return {
        "rules": len(told),
        "warm": warmed,
        "first": [statistics.median(cold), cold[int(len(cold) * 0.99)], cold[-1]],
        "kinds": len(cold),
        "each": each,
        "random": at_random,
        "resident": memory(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--practices", type=int, default=PRACTICES)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.practices), indent=1))


if __name__ == "__main__":
    main()
