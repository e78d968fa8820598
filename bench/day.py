"""A practice and the questions of a day in it, for measurements of decisions."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Final

from authz.core.decision import Context, Request, Resource
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import Membership, Person, PracticeSettings
from authz.core.policy import Grant, Rule, Snapshot
from authz.policies import VOCABULARY
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped
from bench.practices import ROLES, USERS, member

NOW: Final = datetime.now(UTC)
RULES: Final = 250
AT_RANDOM: Final = "read a chart note (up to 3 conditions)"


def rules() -> tuple[Rule, ...]:
    """The shipped rules, and as many more of other roles about the same things as make 250."""
    read = read_policy(shipped("policy_seed.csv"))
    more = [Rule(f"more-{n}", INSTALLATION, r.resource, r.action, r.conditions) for n, r in enumerate(read)]
    return (*read, *more)[: max(RULES, len(read))]


def snapshot(practice: Practice, rules: tuple[Rule, ...], revision: int = 1) -> Snapshot:
    """Thirty people made from nothing that another practice has, as a database would give them."""
    people, memberships, grants = {}, {}, []
    for index in range(USERS):
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
        AT_RANDOM: all_ask("chart_note", "read", **note),
        "list chart notes (narrowed)": all_ask("chart_note", "list"),
        "edit a draft (demands a view)": all_ask("chart_note", "edit", **note),
        "complete a task (own)": all_ask("task", "complete", assignee=str(member(practice, 3))),
        "sign a draft (4 conditions)": all_ask("chart_note", "sign", **note),
        "prescribe": all_ask("erx", "prepare", named_prescriber=str(member(practice, 3)), patient="p1"),
    }


def kinds(practice: Practice) -> list[Request]:
    """Each action on each type, by one person of each set of roles."""
    asked = []
    for index, type in product((0, 1, 2, 4, 5, 6), VOCABULARY.types.values()):
        given = {name: str(member(practice, 3)) for name, a in type.attributes.items() if a.kind == "subject"}
        given |= {name: a.choices[0] for name, a in type.attributes.items() if a.choices}
        given |= {"patient": "p1"} if "patient" in type.attributes else {}
        thing = Resource(type.name, "fin.sales_tax", given)
        asked += [Request(practice, member(practice, index), action, thing) for action in type.actions]
    return asked
