"""The grids read and asked: each cell is one asker, one action, one answer that the grid states or implies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from authz.checking.deciding import decide
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Decision, Request
from authz.core.names import Practice
from authz.core.policy import Rule
from authz.engine import CasbinEngine
from authz.policies import VOCABULARY
from authz.policies.asking import question
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped
from authz.policies.switches import roles_of
from tests.policies.cast import ASKERS, NORTH, NOW, PEOPLE, SOUTH, Changes, RolesOf, snapshot

FOLDER: Final = Path(__file__).parent
SHIPPED: Final = read_policy(shipped("policy_seed.csv"))
ENGINE: Final = CasbinEngine(shipped("model.conf"))
GROUPS: Final = {
    "members": "omar ana lee kim ray sue joe bea al",
    "admins": "omar ana",
    "doctors": "lee kim ray",
    "staff": "joe bea al",
    "askers": "op rev charting billing",
}
_CASE_FIELDS: Final = {
    "why", "given", "context", "may", "obliges", "because", "people", "analytics_roles", "emergencies",
    "blank_erx_level",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One situation of a grid, with everything it says about it."""

    resource: str
    why: str
    given: Mapping[str, Any]
    context: Mapping[str, Any]
    changes: Changes
    may: Mapping[str, frozenset[str]]
    obliges: Mapping[tuple[str, str], list[Mapping[str, Any]]]
    because: Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Cell:
    """One asker and one action of a case, asked in `practice`."""

    case: Case
    practice: Practice
    request: Request

    def wrong(self, answer: Decision) -> str:
        """What is wrong with an answer, in words; nothing if it is as the grid says."""
        asker, action = str(self.request.subject), self.request.action
        at_home = self.practice == NORTH
        allowed = at_home and action in self.case.may.get(asker, ())
        owed = self.case.obliges.get((asker, action), []) if at_home else []
        because = self.case.because.get((asker, action)) if at_home else None
        found = [{"type": o.type, **o.details} for o in answer.obligations]
        if answer.allowed is not allowed:
            problem = f"should be {'allowed' if allowed else 'denied'} and is not ({answer.reason})"
        elif allowed and found != owed:
            problem = f"should come with {owed} and comes with {found}"
        elif because is not None and answer.reason != because:
            problem = f"should be answered `{because}` and is `{answer.reason}`"
        else:
            return ""
        return f"{self.case.resource}: {self.case.why} {asker} {action} in {self.practice}: {problem}"


def grid(resource: str) -> list[Case]:
    """The cases of a resource type's grid."""
    text = yaml.safe_load((FOLDER / f"{resource}.yaml").read_text())
    assert text["resource"] == resource
    assert set(text) == {"resource", "cases"}
    return [_case(resource, told) for told in text["cases"]]


def _case(resource: str, told: Mapping[str, Any]) -> Case:
    assert set(told) <= _CASE_FIELDS, told
    return Case(
        resource=resource,
        why=told["why"],
        given=told.get("given", {}),
        context=told.get("context", {}),
        changes=Changes(
            told.get("people", {}),
            told.get("analytics_roles", {}),
            told.get("emergencies", []),
            told.get("blank_erx_level", "full"),
        ),
        may=_by_asker(resource, told.get("may", {})),
        obliges={
            (asker, action): owed if isinstance(owed, list) else [owed]
            for asker, actions in _spread(told.get("obliges", {}))
            for action, owed in actions.items()
        },
        because={
            (asker, action): reason
            for asker, actions in _spread(told.get("because", {}))
            for action, reason in actions.items()
        },
    )


def _by_asker(resource: str, may: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for asker, actions in _spread(may):
        assert set(actions) <= set(VOCABULARY.types[resource].actions), (resource, actions)
        found[asker] = found.get(asker, frozenset()) | frozenset(actions)
    return found


def _spread(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each asker that a key names: `lee, kim`, or a group such as `members`."""
    for names, value in told.items():
        for word in names.replace(",", " ").split():
            for name in GROUPS.get(word, word).split():
                asker = f"service:{name}" if name in ("charting", "billing") else f"user:{name}"
                assert asker in ASKERS, asker
                yield asker, value


def cells(case: Case, practices: Iterable[Practice] = (NORTH, SOUTH)) -> Iterator[Cell]:
    """Every asker and action of the case; in southside only the people of northside, who may nothing there."""
    resource = {"type": case.resource, "attributes": {k: v for k, v in case.given.items() if k != "id"}}
    if "id" in case.given:
        resource["id"] = case.given["id"]
    for practice in practices:
        askers = ASKERS if practice == NORTH else [f"user:{id}" for id in PEOPLE[NORTH]]
        for asker in askers:
            for action in VOCABULARY.types[case.resource].actions:
                yield Cell(case, practice, question(practice, asker, action, resource, case.context))


def held(case: Case, practice: Practice, rules: tuple[Rule, ...], roles: RolesOf = roles_of) -> PolicyHeld:
    """The case's practice under these rules, ready to be asked."""
    return PolicyHeld(snapshot(practice, rules, case.changes, roles), ENGINE, NOW)


def rules_about(resource: str) -> tuple[Rule, ...]:
    """The shipped rules about one type: no others bear on its cells."""
    return tuple(rule for rule in SHIPPED if rule.resource == resource)


def wrong_cells(case: Case, rules: tuple[Rule, ...]) -> list[str]:
    """Every cell of the case that is not answered as the grid says."""
    policies = {practice: held(case, practice, rules) for practice in (NORTH, SOUTH)}
    told = (cell.wrong(decide(cell.request, policies[cell.practice], NOW)) for cell in cells(case))
    return [problem for problem in told if problem]
