"""Who gains and who loses what between two states of a practice, found by deciding in both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from authz.checking.entitlements import Entitlement, Probe, entitlements
from authz.checking.policy_held import PolicyHeld
from authz.core.names import Subject
from authz.core.people import Membership


@dataclass(frozen=True, slots=True)
class Effect:
    """What one subject gains and loses, in order."""

    subject: Subject
    gained: tuple[Entitlement, ...]
    lost: tuple[Entitlement, ...]


def effects(before: PolicyHeld, after: PolicyHeld, now: datetime) -> tuple[Effect, ...]:
    """Everybody whose entitlements differ between the two states, in order of their names.

    Where somebody's co-signer or sharing of charts differs, or an emergency, what others gain or lose on this author's
    or patient's records alone is told too.
    """
    comparing = _Comparing(before, after, now)
    compared = (comparing.effect(subject) for subject in sorted({*before.askers, *after.askers}))
    return tuple(effect for effect in compared if effect.gained or effect.lost)


_Likeness = tuple[object, ...]
_Difference = tuple[tuple[Entitlement, ...], tuple[Entitlement, ...]]


class _Comparing:
    """Two states of a practice; people who stand alike in both are compared once."""

    def __init__(self, before: PolicyHeld, after: PolicyHeld, now: datetime) -> None:
        self._before, self._after, self._now = before, after, now
        self._other_rules = before.rules != after.rules
        self._authors = [*_authors_concerned(before, after)]
        self._patients = _patients_concerned(before, after)
        self._known: dict[_Likeness, _Difference] = {}

    def effect(self, subject: Subject) -> Effect:
        """What this subject gains and loses."""
        standing = _standing(subject, self._before), _standing(subject, self._after)
        authors = [author for author in self._authors if self._otherwise_towards(author, subject)]
        patients = self._patients.get(subject, ())
        if not (authors or patients or self._other_rules) and standing[0] == standing[1]:
            return Effect(subject, (), ())
        probes = [*(Probe("author", str(a)) for a in authors), *(Probe("patient", patient) for patient in patients)]
        if patients:
            return Effect(subject, *self._difference(subject, probes))
        alike = (*standing, *((author, *self._towards(author, subject)) for author in authors))
        if alike not in self._known:
            self._known[alike] = self._difference(subject, probes)
        return Effect(subject, *self._known[alike])

    def _difference(self, subject: Subject, probes: Sequence[Probe]) -> _Difference:
        was = entitlements(subject, self._before, self._now, probes)
        becomes = entitlements(subject, self._after, self._now, probes)
        return tuple(sorted(becomes - was)), tuple(sorted(was - becomes))

    def _otherwise_towards(self, author: Subject, subject: Subject) -> bool:
        was, becomes = self._towards(author, subject)
        return author != subject and was != becomes

    def _towards(self, author: Subject, subject: Subject) -> tuple[object, object]:
        was, becomes = (held.scene.memberships.get(author) for held in (self._before, self._after))
        return _towards(subject, was), _towards(subject, becomes)


def _standing(subject: Subject, held: PolicyHeld) -> tuple[object, ...]:
    """All that the subject's own entitlements depend on, beside the rules and whose records are asked about."""
    asker = held.askers.get(subject)
    member = asker.member if asker else None
    seat = (member.seat, member.seat_confirmed, member.erx_enabled) if member else None
    return asker.roles if asker else frozenset(), seat, held.scene.settings.owner == subject


def _authors_concerned(before: PolicyHeld, after: PolicyHeld) -> Iterator[Subject]:
    """The authors towards whose records somebody may have come to stand otherwise, in order of their names."""
    was, becomes = before.scene.memberships, after.scene.memberships
    for author in sorted({*was, *becomes}):
        if was.get(author) != becomes.get(author):
            yield author


def _patients_concerned(before: PolicyHeld, after: PolicyHeld) -> dict[Subject, list[str]]:
    """By subject, the patients whose emergency has begun or ended, in order."""
    opened = set(before.scene.emergencies) ^ set(after.scene.emergencies)
    found: dict[Subject, list[str]] = {}
    for user, patient in sorted({(emergency.user, emergency.patient) for emergency in opened}):
        found.setdefault(user, []).append(patient)
    return found


def _towards(subject: Subject, author: Membership | None) -> tuple[bool, bool]:
    if author is None:
        return False, False
    return author.others_can_edit_my_charts, author.cosigner == subject
