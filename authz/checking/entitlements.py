"""What a subject is entitled to in one state of a practice: each condition that its roles ask for, decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from authz.checking.facts import EMERGENCY, VIEW
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Request, Resource
from authz.core.names import Subject
from authz.core.policy import ALWAYS
from authz.policies import VOCABULARY
from authz.policies.conditions import condition_named, rank
from authz.policies.vocabulary import Situation

_OF_THE_ASKER: Final = frozenset({"practitioner", "staff", "practice_owner", "enabled", "provider", "confirmed_seat"})
_OF_THE_RECORD: Final = {"author": frozenset({"own", "shared", "cosigner"}), "patient": frozenset({EMERGENCY})}
_IMPLIED: Final = frozenset({"viewable"})
Conditions = frozenset[str]


@dataclass(frozen=True, slots=True, order=True)
class Entitlement:
    """An action on a type of resource, allowed under `condition`; `of`: on this author's or patient's records alone."""

    resource: str
    action: str
    condition: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """Records of which one attribute is known: those of an author, or of a patient."""

    attribute: str = ""
    value: str = ""


ANY_RECORD: Final = Probe()


def entitlements(subject: Subject, held: PolicyHeld, now: datetime, probes: Iterable[Probe] = ()) -> set[Entitlement]:
    """All that the subject may do, each once and under the fewest conditions, as the engine decides it.

    Conditions that depend on the asker alone, such as the seat, are worked out; those that depend on the resource are
    told. For each of the probes follows what is allowed on such records beyond what is allowed on any.
    """
    asking = _Asking(subject, held, now)
    anywhere = asking.allowed(ANY_RECORD)
    found = {Entitlement(*key, _written(c)) for key, ways in anywhere.items() for c in ways}
    for probe in probes:
        for key, ways in asking.allowed(probe).items():
            more = (c for c in ways if not any(c >= known for known in anywhere.get(key, ())))
            found |= {Entitlement(*key, _written(c), probe.value) for c in more}
    return found


class _Asking:
    """One subject's roles, asked about condition by condition."""

    def __init__(self, subject: Subject, held: PolicyHeld, now: datetime) -> None:
        self._subject, self._held, self._now = subject, held, now
        asker = held.askers.get(subject)
        self._member, self._roles = (asker.member, asker.roles) if asker else (None, frozenset[str]())
        self._ways: defaultdict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
        for rule in held.rules:
            if rule.role in self._roles and rule.effect == "allow":
                self._ways[rule.resource, rule.action].add(rule.conditions)

    def allowed(self, probe: Probe) -> dict[tuple[str, str], set[Conditions]]:
        """By type and action, the smallest sets of conditions of the resource under which the answer is yes."""
        found = {}
        for resource, action in self._ways:
            if not probe.attribute or probe.attribute in VOCABULARY.types[resource].attributes:
                found[resource, action] = _smallest(self._asked(resource, action, probe))
        return found

    def _asked(self, resource: str, action: str, probe: Probe, without: str = "") -> Iterator[Conditions]:
        for conditions in self._ways.get((resource, action), ()):
            # A rule for reading that asks whether one may read gives nothing that others do not give already.
            if without in conditions or (action == VIEW and _demand_a_view(conditions)):
                continue
            worked_out = self._worked_out(resource, action, probe, conditions)
            if worked_out is None:
                continue
            for view in self._views(resource, probe, conditions):
                facts = worked_out | view | frozenset(conditions)
                if self._held.plans.plan(resource, action, self._roles).allows(facts):
                    yield (worked_out | view) - _IMPLIED

    def _worked_out(self, resource: str, action: str, probe: Probe, conditions: tuple[str, ...]) -> Conditions | None:
        """The conditions that are left to the resource; None if one that is known does not hold."""
        type = VOCABULARY.types[resource]
        attributes = {probe.attribute: probe.value} if probe.attribute else {}
        request = Request(self._held.practice, self._subject, action, Resource(resource, "", attributes))
        situation = Situation(request, type, self._held.scene, self._member, self._roles, self._now)
        known = _OF_THE_ASKER | _OF_THE_RECORD.get(probe.attribute, frozenset())
        for name in known.intersection(conditions):
            condition = condition_named(name)
            if condition is None or not condition.holds(situation):
                return None
        return frozenset(conditions) - known

    def _views(self, resource: str, probe: Probe, conditions: tuple[str, ...]) -> Iterable[Conditions]:
        """What reading asks for, where a condition demands that the asker may read, otherwise than in an emergency."""
        if not _demand_a_view(conditions):
            return [frozenset()]
        return _smallest(self._asked(resource, VIEW, probe, without=EMERGENCY))


def _demand_a_view(conditions: Iterable[str]) -> bool:
    named = (condition_named(name) for name in conditions)
    return any(condition is not None and condition.with_view for condition in named)


def _smallest(ways: Iterable[Conditions]) -> set[Conditions]:
    found = set(ways)
    return {way for way in found if not any(other < way for other in found)}


def _written(conditions: Conditions) -> str:
    return "+".join(sorted(conditions, key=rank)) or ALWAYS
