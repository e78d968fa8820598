"""Duties to be kept apart, as a file declares them: pairs of permissions that nobody should hold together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from authz.core.errors import LineError
from authz.core.names import BadName, role_name
from authz.core.policy import ALWAYS
from authz.policies import VOCABULARY
from authz.policies.conditions import condition_named
from authz.policies.lines import lines_in
from authz.policies.rows import BadFields, type_and_action
from authz.policies.vocabulary import did_you_mean
from authz.reviewing.linting.files import name_of
from authz.reviewing.linting.findings import Finding, of_line

DEFAULT: Final = Path(__file__).with_name("duties.csv")
MOST_PAIRS: Final = 1_000
_FIELDS: Final = 8


@dataclass(frozen=True, slots=True)
class Duty:
    """An action on a type of resource, or the part of it where `condition` holds; empty for all of it."""

    resource: str
    action: str
    condition: str = ""

    def __str__(self) -> str:
        """The duty in words: its action, type, and where."""
        condition = condition_named(self.condition)
        return f"`{self.action}` `{self.resource}`{f' where {condition.words}' if condition else ''}"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two duties to be kept apart, under a name of the file's."""

    name: str
    one: Duty
    other: Duty


def read_pairs(path: Path = DEFAULT) -> tuple[list[Pair], list[Finding]]:
    """The good pairs of a file, and what is wrong with its other lines; raises OSError.

    Of the pairs that ship those about types that the vocabulary in force does not know are left out: they are meant
    for another policy pack.
    """
    pairs: dict[str, Pair] = {}
    errors: list[LineError] = []
    for number, text in lines_in(path):
        if len(pairs) + len(errors) >= MOST_PAIRS:
            errors.append(LineError(number, "bad-duty", f"more than {MOST_PAIRS} lines; what follows was not read"))
            break
        try:
            pair = _pair(text)
        except BadFields as error:
            errors.append(LineError(number, "bad-duty", str(error)))
            continue
        if pairs.setdefault(pair.name, pair) is not pair:
            errors.append(LineError(number, "bad-duty", f"a pair `{pair.name}` stands above already"))
    told = [] if path == DEFAULT else [of_line(name_of(path), error) for error in errors]
    return [*pairs.values()], told


def _pair(text: str | LineError) -> Pair:
    if isinstance(text, LineError):
        raise BadFields("bad-duty", text.message)
    kind, *fields = (part.strip(" ") for part in text.split(","))
    if kind != "pair":
        raise BadFields("bad-duty", f"a line starts with `pair`, not `{kind[:40]}`")
    if len(fields) != _FIELDS - 1:
        raise BadFields("bad-duty", f"a pair has {_FIELDS} fields, this one {len(fields) + 1}")
    name, *sides = fields
    try:
        pair = Pair(role_name(name), _duty(sides[:3]), _duty(sides[3:]))
    except BadName as error:
        raise BadFields("bad-duty", "a pair's name is 1 to 100 of A-Z a-z 0-9 . _ -") from error
    if pair.one == pair.other:
        raise BadFields("bad-duty", "the two duties are the same")
    return pair


def _duty(fields: Sequence[str]) -> Duty:
    resource, action, when = fields
    type = type_and_action(resource, action)
    if when == ALWAYS:
        return Duty(resource, action)
    condition = condition_named(when)
    if condition is None:
        hint = did_you_mean(when, [ALWAYS, *VOCABULARY.conditions])
        raise BadFields("bad-duty", f"unknown condition `{when}`{hint}")
    if not condition.fits(type):
        raise BadFields("bad-duty", f"the condition `{when}` has no meaning for `{resource}`")
    return Duty(resource, action, when)
