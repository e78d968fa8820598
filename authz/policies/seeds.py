"""The rules that the service comes with: those of its own file, or of a policy pack with what administration needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from authz.core.errors import BadPolicy, LineError
from authz.core.names import INSTALLATION
from authz.core.policy import Rule
from authz.policies.administration import ADMINISTRATION
from authz.policies.pack import PACK
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped
from authz.policies.switches import GIVEN_ABOVE, RESERVED

NOT_OF_PACKS: Final = GIVEN_ABOVE | RESERVED | {"owner"}


def shipped_rules(instead: Path | None = None) -> tuple[Rule, ...]:
    """All of them; `instead` is a file in the place of the one that ships. Raises BadPolicy, or OSError."""
    found: list[Rule] = []
    for path, only in shipped_files(instead):
        rules = read_policy(path, only)
        if PACK is not None and path == PACK.seed:
            _refuse_taken(path, rules)
        found += rules
    return tuple(found)


def shipped_files(instead: Path | None = None) -> Sequence[tuple[Path, Collection[str] | None]]:
    """The files that they stand in, each with the resource types that count in it; None where all do."""
    if PACK is None or instead is not None:
        return [(instead or shipped("policy_seed.csv"), None)]
    return [(shipped("policy_seed.csv"), {type.name for type in ADMINISTRATION}), (PACK.seed, None)]


def _refuse_taken(path: Path, rules: Sequence[Rule]) -> None:
    """INVARIANT: who stands above practices, or asks for them, gets no more by a pack; no role sounds like a right."""
    errors = [_at(rule, "role", f"`{rule.role}` is no role of a pack") for rule in rules if rule.role in NOT_OF_PACKS]
    told = "a pack's rule is for every practice, `*`, not for"
    errors += [_at(r, "practice", f"{told} `{r.practice}`") for r in rules if r.practice != INSTALLATION]
    if errors:
        raise BadPolicy(path.name, errors)


def _at(rule: Rule, broken: str, message: str) -> LineError:
    return LineError(int(rule.origin.rpartition(":")[2]), broken, message)
