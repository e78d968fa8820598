"""The finite space of facts that rules can be asked with: every set of conditions that could hold together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain, combinations
from typing import Final

from authz.checking.rulebooks import ANYBODY
from authz.core.errors import BadPolicy, LineError
from authz.core.names import Practice
from authz.core.policy import RowsInForce, Rule
from authz.core.ports import Engine
from authz.policies.conditions import REPORT_PREFIX, rank

MOST_CONDITIONS: Final = 14
Facts = frozenset[str]
Ask = Callable[[Facts], bool]


def space(conditions: Collection[str]) -> Iterator[Facts]:
    """Every set of these conditions that could hold of one question, small ones first.

    A question is about one report at most. Raises BadPolicy for more conditions than can be gone through.
    """
    free = sorted((name for name in conditions if not name.startswith(REPORT_PREFIX)), key=rank)
    reports = sorted(name for name in conditions if name.startswith(REPORT_PREFIX))
    if len(free) > MOST_CONDITIONS:
        problem = f"rules about one action name more than {MOST_CONDITIONS} conditions: {', '.join(free)}"
        raise BadPolicy("policy", [LineError(1, "conditions", problem)])
    for some in chain.from_iterable(combinations(free, size) for size in range(len(free) + 1)):
        for report in ([], *([one] for one in reports)):
            yield frozenset((*some, *report))


def smallest(sets: Iterable[Facts]) -> list[Facts]:
    """Those that contain no other of them, in order."""
    found: list[Facts] = []
    for one in sorted(sets, key=lambda facts: (len(facts), sorted(facts, key=rank))):
        if not any(known <= one for known in found):
            found.append(one)
    return found


def conditions_of(rules: Iterable[Rule]) -> set[str]:
    """Every condition that some rule names."""
    return {name for rule in rules for name in rule.conditions}


def asked_of(engine: Engine, practice: Practice, rules: Iterable[Rule], resource: str, action: str) -> Ask:
    """What the engine answers to whoever holds all roles of these rules; no answer is a no, as it is to a check."""
    rows = tuple(rules)
    prepared = engine.prepare(RowsInForce(practice, 0, rows, {ANYBODY: frozenset(rule.role for rule in rows)}))
    return lambda facts: prepared.allows(ANYBODY, resource, action, facts) is True
