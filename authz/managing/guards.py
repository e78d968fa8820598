"""The guard-rails: what no change may do to a practice, whoever makes it and by whichever door.

Each compares the practice as it is with the practice as the change would leave it, so that it does not matter
which operations lead there. `GUARD_RAILS` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from authz.core.errors import Conflict, Invalid, NotAllowed
from authz.core.names import INSTALLATION, Subject
from authz.core.policy import Rule, Snapshot
from authz.managing import choices, links
from authz.managing.passage import Passage, kept
from authz.managing.terms import Need
from authz.policies import VOCABULARY
from authz.policies.in_force import PRESCRIBER, active
from authz.policies.relations import ADMIN
from authz.policies.switches import (
    ABOVE_PRACTICES,
    GIVEN_ABOVE,
    OF_SERVICES,
    is_sheet_role,
)


def check(passage: Passage) -> None:
    """Raises NotAllowed, Conflict or Invalid if the change would break a guard-rail."""
    for guard_rail in GUARD_RAILS:
        guard_rail(passage)


def rights_were_asked(passage: Passage) -> None:
    """A use case that names no right it depends on changes nothing."""
    if not passage.rights.asked:
        raise NotAllowed("no right to this change was asked for")


def nobody_changes_their_own_access(passage: Passage) -> None:
    """The writer's grants, seat, links, switches and entitlements stay as they are; ownership is not taken.

    What they gain or lose on one author's or one patient's records alone does not count: they share the charts of
    others with everybody, and emergencies have rules of their own. But nobody makes themselves a co-signer. Handing a
    practice over is a loss one may choose.
    """
    who = passage.rights.subject
    if who is None:
        return
    taken = passage.after.settings.owner == who != passage.before.settings.owner
    given_up = passage.before.settings.owner == who != passage.after.settings.owner
    affected = any(not one.of for e in passage.effects if e.subject == who for one in (*e.gained, *e.lost))
    named = {user for user, member in passage.after.memberships.items() if member.cosigner == who}
    named -= {user for user, member in passage.before.memberships.items() if member.cosigner == who}
    if named or taken or (affected and not given_up) or _access(passage.before, who) != _access(passage.after, who):
        raise NotAllowed("nobody changes their own access")


def the_owner_stays_an_admin(passage: Passage) -> None:
    """A practice's owner is an active admin of it, without an end."""
    owner = passage.after.settings.owner
    if owner is not None and passage.after.practice != INSTALLATION and owner not in lasting_admins(passage.after):
        if owner in lasting_admins(passage.before):
            raise Conflict("owner", f"`{owner}` owns the practice; hand it over first")
        if owner != passage.before.settings.owner:
            raise Conflict("owner_no_admin", f"`{owner}` is no active admin of the practice")


def an_admin_stays(passage: Passage) -> None:
    """A practice that has an active admin without an end keeps one."""
    if lasting_admins(passage.before) and not lasting_admins(passage.after):
        left = next(iter(lasting_admins(passage.before)))
        raise Conflict("last_admin", f"`{left}` is the last active admin of the practice")


def links_are_sound(passage: Passage) -> None:
    """A co-signer or supervisor newly named is another active practitioner, and goes in no circle."""
    wrong = links.against(passage.before, passage.after, passage.now)
    if wrong:
        raise Invalid(wrong)


def one_choice_of_each(passage: Passage) -> None:
    """Nobody who is given a role or reports ends up with two eRx levels, breadths of viewing or sets of reports."""
    choices.refuse_several(passage)


def roles_are_handed_out_by_right(passage: Passage) -> None:
    """Whoever gives or takes a role needs the right to hand out roles of its kind."""
    rights = passage.rights_after
    shipped = {rule.role for rule in passage.after.rules if rule.practice == INSTALLATION}
    for grant in (*passage.came(), *passage.went()):
        if grant.role == PRESCRIBER:
            rights.demand([Need("user", "set_prescriber", grant.subject.id)])
        elif grant.role in shipped and not is_sheet_role(grant.role, ()):
            rights.demand([Need("grant", "appoint", "", {"assignee": str(grant.subject)})])


def seats_and_enablements_are_confirmed_by_right(passage: Passage) -> None:
    """A paid seat counts, and an enablement for eRx begins, only by whoever may approve it."""
    rights = passage.rights_after
    for user, member in passage.after.memberships.items():
        known = passage.before.memberships.get(user)
        if member.erx_enabled and not (known and known.erx_enabled):
            rights.demand([approval("erx_enablement", user)])
        if member.paid_seat and not (known and known.paid_seat == member.paid_seat):
            rights.demand([approval("paid_seat", user)])


def own_roles_hold_what_may_be_delegated(passage: Passage) -> None:
    """A practice's own roles allow only what the vocabulary marks as delegable; its analytics roles, reports."""
    known = set(passage.before.rules)
    for rule in passage.after.rules:
        fitting = choices.of_reports(rule) if rule.role in passage.analytics else delegable(rule)
        if rule.practice != INSTALLATION and rule not in known and not fitting:
            raise NotAllowed(f"no practice may put {rule.action} of {rule.resource} into a role of its own")


def roles_are_given_where_they_belong(passage: Passage) -> None:
    """What is held in the whole installation would be held in every practice, and by who is no member of it.

    An admin is a person: whoever had a service for one could have it change what nobody changes for themselves. A
    registrar is a service: a person could state to be the author of what others wrote.
    """
    for grant in passage.came():
        if grant.role == ADMIN and grant.subject.kind == "service":
            raise Invalid.field("role", f"`{ADMIN}` is for people, not for services")
        if grant.role in OF_SERVICES and grant.subject.kind != "service":
            raise Invalid.field("role", f"`{grant.role}` is for services, not for people")
        if grant.practice == INSTALLATION and grant.role not in GIVEN_ABOVE:
            raise Invalid.field("role", f"`{grant.role}` is given in a practice, not in the whole installation")
        if grant.practice != INSTALLATION and grant.role in ABOVE_PRACTICES:
            raise Invalid.field("role", f"`{grant.role}` is given in the whole installation, not in a practice")


GUARD_RAILS: Final[tuple[Callable[[Passage], None], ...]] = (
    rights_were_asked,
    nobody_changes_their_own_access,
    the_owner_stays_an_admin,
    an_admin_stays,
    links_are_sound,
    one_choice_of_each,
    roles_are_handed_out_by_right,
    seats_and_enablements_are_confirmed_by_right,
    own_roles_hold_what_may_be_delegated,
    roles_are_given_where_they_belong,
)


def lasting_admins(snapshot: Snapshot) -> set[Subject]:
    """Active members who are admins without an end."""
    return {
        grant.subject
        for grant in snapshot.grants
        if grant.role == ADMIN
        and grant.practice == snapshot.practice
        and grant.expires_at is None
        and grant.subject in snapshot.memberships
        and active(snapshot, grant.subject)
    }


def approval(kind: str, user: Subject) -> Need:
    """The right to confirm a seat or an enablement of this person."""
    return Need("access_request", "approve", "", {"owner": str(user), "kind": kind})


def delegable(rule: Rule) -> bool:
    """Whether a practice's own role may hold this permission; reports are for analytics roles alone."""
    return rule.action in VOCABULARY.types[rule.resource].delegable


def _access(snapshot: Snapshot, who: Subject) -> tuple[object, ...]:
    """What a subject was given, and what roles of the practice's own make of it; sessions are no part of it."""
    grants = frozenset(kept(grant) for grant in snapshot.grants if grant.subject == who)
    held = {grant.role for grant in snapshot.grants if grant.subject == who}
    rules = frozenset(r for r in snapshot.rules if r.role in held and r.practice != INSTALLATION)
    member = snapshot.memberships.get(who)
    return grants, rules, replace(member, sessions_from=None) if member else None
