"""Who gains and who loses what between two states of a practice, found by deciding in both."""

from __future__ import annotations

from collections.abc import Iterator
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
    everybody = {*before.askers, *after.askers}
    other_rules = before.rules != after.rules
    compared = (_compared(subject, before, after, now, other_rules) for subject in sorted(everybody))
    return tuple(effect for effect in compared if effect.gained or effect.lost)


def _compared(subject: Subject, before: PolicyHeld, after: PolicyHeld, now: datetime, other_rules: bool) -> Effect:
    was, becomes = set[Entitlement](), set[Entitlement]()
    probes = [*_records_concerned(subject, before, after)]
    if probes or other_rules or _standing(subject, before) != _standing(subject, after):
        was, becomes = entitlements(subject, before, now, probes), entitlements(subject, after, now, probes)
    return Effect(subject, tuple(sorted(becomes - was)), tuple(sorted(was - becomes)))


def _standing(subject: Subject, held: PolicyHeld) -> tuple[object, ...]:
    """All that the subject's own entitlements depend on, beside the rules and whose records are asked about."""
    asker = held.askers.get(subject)
    member = asker.member if asker else None
    seat = (member.seat, member.seat_confirmed, member.erx_enabled) if member else None
    return asker.roles if asker else frozenset(), seat, held.scene.settings.owner == subject


def _records_concerned(subject: Subject, before: PolicyHeld, after: PolicyHeld) -> Iterator[Probe]:
    """The authors and patients to whose records this subject may have come to stand otherwise."""
    was, becomes = before.scene.memberships, after.scene.memberships
    for author in sorted({*was, *becomes} - {subject}):
        if _towards(subject, was.get(author)) != _towards(subject, becomes.get(author)):
            yield Probe("author", str(author))
    opened = set(before.scene.emergencies) ^ set(after.scene.emergencies)
    for patient in sorted({emergency.patient for emergency in opened if emergency.user == subject}):
        yield Probe("patient", patient)


def _towards(subject: Subject, author: Membership | None) -> tuple[bool, bool]:
    if author is None:
        return False, False
    return author.others_can_edit_my_charts, author.cosigner == subject
