"""What two sets of rules allow differently, found by putting every question to both: rows that moved are no matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from authz.core.names import Practice
from authz.core.policy import Rule
from authz.core.ports import Engine
from authz.reviewing.spaces import Facts, asked_of, conditions_of, smallest, space

GAINED, LOST, FREED, DENIED = "gained", "lost", "freed", "denied"
_FAVOURABLE: Final = frozenset({GAINED, FREED})
Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Difference:
    """One action on one type of resource that a holder gains or loses; `cases` are all sets of conditions with it.

    `kind`: `gained` or `lost`; for a role also `denied`, whoever holds it may not whatever other roles allow, and
    `freed`, which is the end of that. `conditions` are the smallest of the cases.
    """

    holder: str
    practice: Practice
    resource: str
    action: str
    kind: str
    cases: tuple[Facts, ...]

    @property
    def conditions(self) -> list[Facts]:
        """The smallest sets of conditions where it is so; an empty one is always."""
        return smallest(self.cases)

    @property
    def gives(self) -> bool:
        """Whether somebody may do something that they could not do before."""
        return self.kind in _FAVOURABLE


_Group = tuple[str, Practice, str, str]


def of_rules(
    before: Iterable[Rule], after: Iterable[Rule], engine: Engine, progress: Progress = lambda _done, _of: None
) -> list[Difference]:
    """Every difference between two sets of rules, role by role, in order.

    Complete for whoever holds several roles too: together they allow what one of them allows and none denies, so that
    what each allows by itself and what each denies settle it. `progress` is told how many of how many groups are done.
    """
    was, becomes = _grouped(before), _grouped(after)
    groups = sorted({*was, *becomes})
    found: list[Difference] = []
    for done, group in enumerate(groups):
        progress(done, len(groups))
        found += _between(group, was.get(group, ()), becomes.get(group, ()), engine)
    progress(len(groups), len(groups))
    return found


def _grouped(rules: Iterable[Rule]) -> dict[_Group, Sequence[Rule]]:
    found: defaultdict[_Group, list[Rule]] = defaultdict(list)
    for rule in rules:
        found[rule.role, rule.practice, rule.resource, rule.action].append(rule)
    return dict(found)


def _between(group: _Group, before: Sequence[Rule], after: Sequence[Rule], engine: Engine) -> Iterator[Difference]:
    if {(rule.when, rule.effect) for rule in before} == {(rule.when, rule.effect) for rule in after}:
        return  # the same rows are the same question to the same engine
    for effect, kinds in (("allow", (GAINED, LOST)), ("deny", (FREED, DENIED))):
        was, becomes = ([rule for rule in rules if rule.effect == effect] for rules in (before, after))
        if was or becomes:
            sides = _allowing(was, group, effect), _allowing(becomes, group, effect)
            yield from _compared(group, *sides, engine, kinds)


def _allowing(rules: Sequence[Rule], group: _Group, effect: str) -> list[Rule]:
    """The rows to be asked about; denials beside one row that allows all, so that a no is their doing."""
    role, practice, resource, action = group
    everything = Rule(role, practice, resource, action, ())
    return [*rules] if effect == "allow" else [*rules, replace(everything, effect="allow")]


def _compared(
    group: _Group, before: Sequence[Rule], after: Sequence[Rule], engine: Engine, kinds: tuple[str, str]
) -> Iterator[Difference]:
    role, practice, resource, action = group
    was, becomes = (asked_of(engine, practice, rules, resource, action) for rules in (before, after))
    more: list[Facts] = []
    less: list[Facts] = []
    for facts in space(conditions_of([*before, *after])):
        then, now = was(facts), becomes(facts)
        if then != now:
            (more if now else less).append(facts)
    for kind, cases in zip(kinds, (more, less), strict=True):
        if cases:
            yield Difference(role, practice, resource, action, kind, tuple(cases))
