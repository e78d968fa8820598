"""The cells of the grids put to a checker: each is one asker, one action, one answer stated or implied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from authz.checking import Checker
from authz.core.decision import Decision, Reason, Request
from authz.core.names import Practice
from authz.core.policy import Rule, Snapshot
from authz.core.ports import Engine
from authz.engine import CasbinEngine
from authz.policies import VOCABULARY
from authz.policies.asking import question
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped
from authz.policies.switches import roles_of
from tests.policies.cast import ASKERS, NORTH, NOW, PEOPLE, SOUTH, RolesOf, snapshot
from tests.policies.grids import Case
from tests.policies.memory import Practices

SHIPPED: Final = read_policy(shipped("policy_seed.csv"))
ENGINE: Final = CasbinEngine(shipped("model.conf"))
TYPES: Final = sorted(VOCABULARY.types)


@dataclass(frozen=True)
class Cell:
    """One asker and one action of a case, asked in `practice`; in southside nobody of northside is known."""

    case: Case
    practice: Practice
    request: Request

    def wrong(self, answer: Decision) -> str:
        """What is wrong with an answer, in words; nothing if it is as the grid says."""
        asker, action = cell = str(self.request.subject), self.request.action
        at_home = self.practice == NORTH
        allowed = at_home and action in self.case.may.get(asker, ())
        owed = self.case.obliges.get(cell, [])
        because = self.case.because.get(cell) if at_home else Reason.UNKNOWN_SUBJECT
        detail = self.case.says.get(cell)
        found = [{"type": o.type, **o.details} for o in answer.obligations]
        if answer.allowed is not allowed:
            problem = f"should be {'allowed' if allowed else 'denied'} and is not ({answer.reason})"
        elif allowed and found != owed:
            problem = f"should come with {owed} and comes with {found}"
        elif because is not None and answer.reason != because:
            problem = f"should be answered `{because}` and is `{answer.reason}`"
        elif at_home and detail is not None and answer.detail != detail:
            problem = f"should say `{detail}` and says `{answer.detail}`"
        else:
            return ""
        return f"{self.case.resource}: {self.case.why} {asker} {action} in {self.practice}: {problem}"


def cells(case: Case, practices: Iterable[Practice] = (NORTH, SOUTH)) -> Iterator[Cell]:
    """Every asker and action of the case; in southside only the people of northside, who may nothing there."""
    resource: dict[str, object] = {"type": case.resource}
    resource["attributes"] = {name: value for name, value in case.given.items() if name != "id"}
    if "id" in case.given:
        resource["id"] = case.given["id"]
    for practice in practices:
        askers = ASKERS if practice == NORTH else [f"user:{id}" for id in PEOPLE[NORTH]]
        for asker in askers:
            for action in VOCABULARY.types[case.resource].actions:
                yield Cell(case, practice, question(practice, asker, action, resource, case.context))


def rules_about(resource: str) -> tuple[Rule, ...]:
    """The shipped rules about one type: no others bear on its cells."""
    return tuple(rule for rule in SHIPPED if rule.resource == resource)


def snapshots(case: Case, rules: tuple[Rule, ...], roles: RolesOf = roles_of) -> dict[Practice, Snapshot]:
    """Both practices as the case has them, under these rules."""
    return {practice: snapshot(practice, rules, case.changes, roles) for practice in (NORTH, SOUTH)}


def checker(practices: Mapping[Practice, Snapshot], engine: Engine = ENGINE) -> Checker:
    """What answers for these practices, at noon."""
    return Checker(Practices(practices), engine, lambda: NOW, keep=len(practices))  # type: ignore[arg-type]


def wrong_cells(case: Case, rules: tuple[Rule, ...]) -> list[str]:
    """Every cell of the case that is not answered as the grid says."""
    asked = checker(snapshots(case, rules))
    return [problem for cell in cells(case) if (problem := cell.wrong(asked.check(cell.request)))]
