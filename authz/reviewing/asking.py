"""The cells of the grids put to a checker: each is one asker, one action, one answer stated or implied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from authz.checking import Checker
from authz.core.decision import Decision, Reason, Request
from authz.core.names import Practice
from authz.core.policy import Rule, Snapshot
from authz.core.ports import Engine
from authz.policies import VOCABULARY
from authz.policies.asking import question
from authz.policies.switches import roles_of
from authz.reviewing.cases import Case
from authz.reviewing.cast import Cast
from authz.reviewing.imagined import Imagined
from authz.reviewing.staging import RolesOf, staged, stored


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that was not answered as the grid says, in words: what was expected, and what came."""

    case: Case
    practice: str
    asker: str
    action: str
    expected: str
    got: str

    def __str__(self) -> str:
        where = f"{self.asker} {self.action} in {self.practice}"
        return f"{self.case.resource}: {self.case.why} {where}: should be {self.expected} and is {self.got}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One asker and one action of a case, asked at home or in a practice where nobody of home is known."""

    case: Case
    request: Request
    at_home: bool

    @property
    def allowed(self) -> bool:
        """Whether the grid says yes."""
        return self.at_home and self.request.action in self.case.may.get(str(self.request.subject), ())

    def wrong(self, answer: Decision) -> Wrong | None:
        """What is wrong with an answer; nothing if it is as the grid says."""
        cell = str(self.request.subject), self.request.action
        allowed = self.allowed
        owed = self.case.obliges.get(cell, [])
        because = self.case.because.get(cell) if self.at_home else Reason.UNKNOWN_SUBJECT
        detail = self.case.says.get(cell)
        found = [{"type": o.type, **o.details} for o in answer.obligations]
        if answer.allowed is not allowed:
            told = f"allowed ({answer.reason})" if answer.allowed else f"denied ({answer.reason})"
            return self._wrong("allowed" if allowed else "denied", told)
        if allowed and found != owed:
            return self._wrong(_with(owed), _with(found))
        if because is not None and answer.reason != because:
            return self._wrong(f"answered `{because}`", f"answered `{answer.reason}`")
        if self.at_home and detail is not None and answer.detail != detail:
            return self._wrong(f"told `{detail}`", f"told `{answer.detail}`")
        return None

    def _wrong(self, expected: str, got: str) -> Wrong:
        request = self.request
        return Wrong(self.case, request.practice.id, str(request.subject), request.action, expected, got)


def _with(obligations: Iterable[Mapping[str, object]]) -> str:
    told = ["; ".join(f"{name}: {value}" for name, value in one.items()) for one in obligations]
    return f"allowed with the obligation {' and '.join(f'`{one}`' for one in told)}" if told else "allowed without more"


def cells(case: Case, cast: Cast, practices: Iterable[Practice] | None = None) -> Iterator[Cell]:
    """Every asker and action of the case; away from home only its people, who may nothing there."""
    for practice in cast.people if practices is None else practices:
        at_home = practice == cast.home
        askers = cast.askers if at_home else [f"user:{id}" for id in cast.people[cast.home]]
        for asker in askers:
            for action in VOCABULARY.types[case.resource].actions:
                request = question(practice, asker, action, case.thing(), case.context)
                yield Cell(case, request, at_home)


def snapshots(case: Case, cast: Cast, rules: tuple[Rule, ...], roles: RolesOf = roles_of) -> dict[Practice, Snapshot]:
    """All practices as the case has them, under these rules."""
    return {practice: staged(cast, practice, rules, case.changes, roles) for practice in cast.people}


def checker(cast: Cast, practices: Mapping[Practice, Snapshot], engine: Engine) -> Checker:
    """What answers for these practices, at the moment of the cast."""
    imagined = Imagined(practices, {practice: stored(cast, practice) for practice in practices})
    return Checker(imagined, engine, lambda: cast.now, keep=len(practices))  # type: ignore[arg-type]  # all it is asked


def wrong_cells(case: Case, cast: Cast, rules: tuple[Rule, ...], engine: Engine) -> Iterator[Wrong]:
    """Every cell of the case that is not answered as the grid says."""
    asked = checker(cast, snapshots(case, cast, rules), engine)
    for cell in cells(case, cast):
        wrong = cell.wrong(asked.check(cell.request))
        if wrong is not None:
            yield wrong
