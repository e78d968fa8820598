"""The demo practices, made through the same use cases as real ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

from authz.bootstrap import Services
from authz.core.errors import NotFound
from authz.core.names import INSTALLATION, Practice, Subject
from authz.demo.cast import OUTSIDERS, STAGES, Outsider, Player, Stage
from authz.demo.crowd import crowd
from authz.managing import Details, Terms
from authz.policies.switches import default_sheet


@dataclass(frozen=True, slots=True)
class Made:
    """What a run made: nothing of it was there before."""

    practices: int = 0
    people: int = 0
    outsiders: int = 0


def load(service: Services, by: Terms) -> Made:
    """Makes what is missing of the demo practices and leaves alone what is there, changed or not.

    The shipped roles must be in force. Raises StoreUnavailable, and Conflict where other data is in the way.
    """
    practices = sum(_raise_curtain(service, by, stage) for stage in STAGES)
    people = sum(_fill(service, by, stage) for stage in STAGES)
    outsiders = sum(_admit(service, by, outsider) for outsider in OUTSIDERS)
    return Made(practices, people, outsiders)


def _raise_curtain(service: Services, by: Terms, stage: Stage) -> bool:
    practice = Practice(stage.id)
    try:
        service.store.revision(practice)
    except NotFound:
        pass
    else:
        return False
    owner = stage.owner
    service.practices.open(by, practice, stage.name, owner.id, email(owner, practice), owner.name)
    return True


def _fill(service: Services, by: Terms, stage: Stage) -> int:
    """The people of a practice who are not there yet, those first whom others' links name."""
    practice = Practice(stage.id)
    there = service.store.snapshot(practice).memberships
    missing = [p for p in (*stage.players, *crowd(stage.id)) if Subject.user(p.id) not in there]
    for player in missing:
        _enter(service, by, practice, player)
    return len(missing)


def _enter(service: Services, by: Terms, practice: Practice, player: Player) -> None:
    user = Subject.user(player.id)
    sheet = default_sheet(**player.switches)
    service.people.add(by, practice, player.id, email(player, practice), player.name, player.seat, sheet)
    if player.cosigner or player.supervisor:
        cosigner, supervisor = (Subject.user(n) if n else None for n in (player.cosigner, player.supervisor))
        service.people.edit(by, practice, user, Details(cosigner=cosigner, supervisor=supervisor))
    if player.has_left:
        service.memberships.deactivate(replace(by, reason="left the practice"), practice, user)


def _admit(service: Services, by: Terms, outsider: Outsider) -> bool:
    subject = Subject.parse(outsider.subject)
    made = False
    if subject.kind == "user" and service.store.person(subject) is None:
        service.people.add_outsider(by, subject.id, f"{subject.id}@authz.example", outsider.name)
        made = True
    held = service.store.snapshot(INSTALLATION).grants
    if not any(grant.subject == subject and grant.role == outsider.role for grant in held):
        service.grants.grant(by, INSTALLATION, subject, outsider.role)
        made = True
    return made


def email(player: Player, practice: Practice) -> str:
    """A demo person's address, in a domain that can never receive mail."""
    return f"{player.id}@{practice.id}.example"
