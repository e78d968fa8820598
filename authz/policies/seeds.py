"""The rules that the service comes with: those of its own file, or of a policy pack with what administration needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from authz.core.policy import Rule
from authz.policies.administration import ADMINISTRATION
from authz.policies.pack import PACK
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped


def shipped_rules(instead: Path | None = None) -> tuple[Rule, ...]:
    """All of them; `instead` is a file in the place of the one that ships. Raises BadPolicy, or OSError."""
    return tuple(rule for path, only in shipped_files(instead) for rule in read_policy(path, only))


def shipped_files(instead: Path | None = None) -> Sequence[tuple[Path, Collection[str] | None]]:
    """The files that they stand in, each with the resource types that count in it; None where all do."""
    if PACK is None or instead is not None:
        return [(instead or shipped("policy_seed.csv"), None)]
    return [(shipped("policy_seed.csv"), {type.name for type in ADMINISTRATION}), (PACK.seed, None)]
