"""What a change is said to give and take is what it gives and takes: compared with asking everything twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Final

import pytest

from authz.checking.deciding import decide
from authz.checking.effects import effects
from authz.checking.entitlements import Entitlement
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Context, Request, Resource
from authz.core.names import Subject
from authz.policies import VOCABULARY
from authz.reviewing.departures import Changes
from tests.policies.asking import ENGINE, SHIPPED
from tests.policies.cast import NORTH, NOW, snapshot
from tests.policies.test_switches import IDS, TOLD

MEMORY: Final = Memory(ENGINE)
CONTEXT: Final = Context(reason="asked for", epcs_2fa=True)
Question = tuple[str, str, tuple[tuple[str, str], ...]]


def held(changes: Changes) -> PolicyHeld:
    return PolicyHeld(snapshot(NORTH, SHIPPED, changes), MEMORY, NOW)


def questions(asker: str, other: str) -> Iterator[Request]:
    """Everything that could be asked about what is the asker's own, lee's, or the other person's."""
    people = sorted({asker, "lee", other})
    for type in VOCABULARY.types.values():
        names, choices = [], []
        for attribute in type.attributes.values():
            names.append(attribute.name)
            if attribute.kind == "subject":
                choices.append([f"user:{id}" for id in people])
            elif attribute.kind == "choice":
                choices.append([*attribute.choices])
            else:
                choices.append(["p1"] if attribute.name == "patient" else ["fin.payments"])
        ids = people if type.concerns == "id" else [""]
        for id, values in product(ids, product(*choices)):
            for action in type.actions:
                resource = Resource(type.name, id, dict(zip(names, values, strict=True)))
                yield Request(NORTH, Subject.user(asker), action, resource, CONTEXT)


def differing(before: PolicyHeld, after: PolicyHeld, asker: str, other: str) -> dict[str, set[tuple[str, str]]]:
    """By asking each question in both states: which types and actions come to be allowed somewhere, which denied."""
    found: dict[str, set[tuple[str, str]]] = {"gained": set(), "lost": set()}
    for request in questions(asker, other):
        was, becomes = decide(request, before, NOW), decide(request, after, NOW)
        same = was.obligations == becomes.obligations or request.action == "sign"
        if was.allowed != becomes.allowed:
            found["gained" if becomes.allowed else "lost"].add((request.resource.type, request.action))
        elif was.allowed and not same:
            found["gained"].add((request.resource.type, request.action))
            found["lost"].add((request.resource.type, request.action))
    return found


def kinds(entitlements: tuple[Entitlement, ...]) -> set[tuple[str, str]]:
    return {(one.resource, one.action) for one in entitlements}


@pytest.mark.parametrize("told", TOLD["switches"], ids=IDS)
@pytest.mark.parametrize("who", ["joe", "ray"])
def test_a_switch_is_said_to_give_and_take_what_asking_everything_finds(who: str, told: Mapping[str, Any]) -> None:
    emergencies: list[Mapping[str, str]] = [{"who": who, "patient": "p1"}]
    lee = {"lee": {"others_can_edit_my_charts": True, "cosigner": "ray"}}  # each condition holds somewhere
    before = held(Changes(lee, emergencies=emergencies))
    after = held(Changes({**lee, who: told["set"]}, emergencies=emergencies))
    said = {effect.subject: effect for effect in effects(before, after, NOW)}
    for asker in {who, "lee"}:
        found = differing(before, after, asker, who)
        effect = said.get(Subject.user(asker))
        gained, lost = (kinds(effect.gained), kinds(effect.lost)) if effect else (set(), set())
        # An entitlement whose condition changes is both gained and lost; asking shows one of the two, or neither.
        both = gained & lost
        assert (asker, sorted(found["gained"] - both)) == (asker, sorted(gained - both))
        assert (asker, sorted(found["lost"] - both)) == (asker, sorted(lost - both))


def test_a_switch_set_to_what_it_is_has_no_effect() -> None:
    assert effects(held(Changes()), held(Changes({"joe": {"admin": False}})), NOW) == ()


def test_what_depends_on_the_asker_is_worked_out_and_what_depends_on_the_resource_is_told() -> None:
    before = held(Changes())
    [effect] = effects(before, held(Changes({"joe": {"practitioner": True, "seat": "provider"}})), NOW)
    gained = set(effect.gained)
    assert Entitlement("chart_note", "create", "always") in gained
    assert Entitlement("chart_note", "sign", "own+draft") in gained
    [support] = effects(before, held(Changes({"joe": {"practitioner": True, "seat": "clinical_staff"}})), NOW)
    assert "create" not in {one.action for one in support.gained if one.resource == "chart_note"}


def test_sharing_charts_is_told_as_what_others_may_with_that_authors_notes() -> None:
    found = effects(held(Changes()), held(Changes({"ray": {"others_can_edit_my_charts": True}})), NOW)
    by_subject = {str(effect.subject): effect for effect in found}
    assert Entitlement("chart_note", "edit", "draft", "user:ray") in by_subject["user:lee"].gained
    assert "user:ray" not in by_subject
    assert "user:joe" not in by_subject


def test_another_co_signer_gains_what_the_former_loses() -> None:
    blind = {"lee": {"chart_notes": "none"}}
    found = effects(held(Changes(blind)), held(Changes({**blind, "ray": {"cosigner": "lee"}})), NOW)
    by_subject = {str(effect.subject): effect for effect in found}
    waiting = Entitlement("chart_note", "cosign", "signed+cosign_pending", "user:ray")
    assert waiting in by_subject["user:lee"].gained
    assert Entitlement("chart_note", "read", "cosign_asked", "user:ray") in by_subject["user:lee"].gained
    assert waiting in by_subject["user:kim"].lost


def test_an_emergency_is_told_as_what_the_person_may_with_that_patients_record() -> None:
    listed = {"joe": {"emergency_access": True}}
    before = held(Changes(listed))
    after = held(Changes(listed, emergencies=[{"who": "joe", "patient": "p1"}]))
    [effect] = effects(before, after, NOW)
    assert {one.of for one in effect.gained} == {"p1"}
    assert kinds(effect.gained) == {
        (type, "read") for type in ("chart_note", "clinical_profile", "lab_result", "subjective_intake", "vitals")
    }
