"""Each switch of the access sheet gives and takes exactly what switches.yaml lists, over all resource types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

import pytest
import yaml

from authz.core.people import Membership
from authz.policies import VOCABULARY
from authz.policies.asking import question
from authz.policies.switches import SWITCHES
from authz.reviewing.departures import Changes
from authz.reviewing.remembering import Remembering
from tests.policies.asking import ENGINE, SHIPPED, checker
from tests.policies.cast import NORTH, snapshot
from tests.policies.grids import FOLDER, spread

TOLD: Final[dict[str, Any]] = yaml.safe_load((FOLDER / "tables" / "switches.yaml").read_text())
MEMORY: Final = Remembering(ENGINE)
WHO: Final = ("joe", "sue", "ray", "ana")
IDS: Final = [", ".join(f"{name} {value}" for name, value in told["set"].items()) for told in TOLD["switches"]]
ELSEWHERE: Final = {"user", "practice", "active", "sessions_from"}


def allowed(who: str, changed: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Every type and action that this person gets a yes to, with these switches set."""
    asking = checker({NORTH: snapshot(NORTH, SHIPPED, Changes({who: changed}))}, MEMORY)
    found = set()
    for type in VOCABULARY.types.values():
        known = {name: value for name, value in TOLD["given"].items() if name in type.attributes}
        resource = {"type": type.name, "attributes": known, **({"id": "lee"} if type.concerns == "id" else {})}
        for action in type.actions:
            if asking.check(question(NORTH, f"user:{who}", action, resource, TOLD["context"])).allowed:
                found.add((type.name, action))
    return found


def by_type(pairs: set[tuple[str, str]]) -> dict[str, list[str]]:
    return {
        name: [action for action in type.actions if (name, action) in pairs]
        for name, type in VOCABULARY.types.items()
        if any(pair[0] == name for pair in pairs)
    }


def listed(told: Mapping[str, Any], field: str, who: str) -> dict[str, list[str]]:
    stated = dict(spread(told.get(field, {})))
    assert set(stated) <= {f"user:{name}" for name in WHO}
    return stated.get(f"user:{who}", {})


@pytest.mark.parametrize("told", TOLD["switches"], ids=IDS)
def test_a_switch_gives_and_takes_what_is_listed_and_nothing_else(told: Mapping[str, Any]) -> None:
    assert set(told) <= {"set", "gives", "takes"}
    for who in WHO:
        before, after = allowed(who, {}), allowed(who, told["set"])
        assert (who, by_type(after - before)) == (who, listed(told, "gives", who))
        assert (who, by_type(before - after)) == (who, listed(told, "takes", who))


def test_every_switch_and_every_property_of_a_membership_is_tried() -> None:
    tried = {name for told in TOLD["switches"] for name in told["set"]}
    assert {switch.field for switch in SWITCHES} <= tried
    assert {field.name for field in fields(Membership)} - ELSEWHERE <= tried
