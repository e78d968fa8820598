"""What the grids are put to: the shipped rules, Casbin, and a checker of practices that nobody stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from authz.checking import Checker
from authz.core.names import Practice
from authz.core.policy import Rule, Snapshot
from authz.core.ports import Engine
from authz.engine import CasbinEngine
from authz.policies.rows import read_policy
from authz.policies.shipped import shipped
from authz.reviewing import asking, verdicts
from tests.policies.cast import CAST

SHIPPED: Final = read_policy(shipped("policy_seed.csv"))
ENGINE: Final = CasbinEngine(shipped("model.conf"))


def rules_about(resource: str) -> tuple[Rule, ...]:
    """The shipped rules about one type: no others bear on its cells."""
    return verdicts.rules_about(resource, SHIPPED)


def checker(practices: Mapping[Practice, Snapshot], engine: Engine = ENGINE) -> Checker:
    """What answers for these practices, at noon."""
    return asking.checker(CAST, practices, engine)
