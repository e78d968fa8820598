"""The rules that the service comes with: those of its own file, or of a policy pack with what administration needs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from authz.core.errors import BadPolicy, LineError
from authz.core.policy import Rule
from authz.policies.administration import ADMINISTRATION
from authz.policies.pack import PACK
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped
from authz.policies.switches import GIVEN_ABOVE, RESERVED

NOT_OF_PACKS: Final = GIVEN_ABOVE | RESERVED | {"owner"}


def shipped_rules(instead: Path | None = None) -> tuple[Rule, ...]:
    """All of them; `instead` is a file in the place of the one that ships. Raises BadPolicy, or OSError."""
    if PACK is None or instead is not None:
        return read_policy(instead or shipped("policy_seed.csv"))
    administrative = read_policy(shipped("policy_seed.csv"), {type.name for type in ADMINISTRATION})
    own = read_policy(PACK.seed)
    # INVARIANT: who runs the installation or speaks for it gets no more by a pack, and no role sounds like a right.
    taken = [rule for rule in own if rule.role in NOT_OF_PACKS]
    if taken:
        problems = [(rule.origin.rpartition(":")[2], f"`{rule.role}` is no role of a pack") for rule in taken]
        raise BadPolicy(PACK.seed.name, [LineError(int(line), "role", told) for line, told in problems])
    return (*administrative, *own)
