"""The rules that the service comes with: those of its own file, or of a policy pack with what administration needs."""

from __future__ import annotations

from pathlib import Path

from authz.core.policy import Rule
from authz.policies.administration import ADMINISTRATION
from authz.policies.pack import PACK
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped


def shipped_rules(instead: Path | None = None) -> tuple[Rule, ...]:
    """All of them; `instead` is a file in the place of the one that ships. Raises BadPolicy, or OSError."""
    if PACK is None or instead is not None:
        return read_policy(instead or shipped("policy_seed.csv"))
    administrative = read_policy(shipped("policy_seed.csv"), {type.name for type in ADMINISTRATION})
    return (*administrative, *read_policy(PACK.seed))
