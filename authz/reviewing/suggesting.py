"""The smallest changes that would turn a no into a yes, found by trying them on the policy itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations
from math import comb
from typing import Final, NamedTuple

from authz.checking.deciding import decide
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.applied import applied
from authz.core.changes import Actor
from authz.core.decision import Decision, Reason, Request
from authz.core.errors import AuthzError
from authz.core.names import BadName, Subject
from authz.core.policy import Snapshot
from authz.managing import guards
from authz.managing.passage import Passage
from authz.managing.rights import OF_THE_INSTALLER, Rights
from authz.managing.terms import Terms
from authz.reviewing.candidates import Candidate, candidates, reachable
from authz.reviewing.trying import own_analytics

MOST_STEPS: Final = 4
MOST_SUGGESTIONS: Final = 10
MOST_TRIED: Final = 8_000  # sets of changes, which takes seconds
_INSTALLER: Final = Terms(Actor("cli:explain", OF_THE_INSTALLER))


@dataclass(frozen=True, slots=True)
class Step:
    """One change: its `kind`, what it is about, and the same in words.

    `switch` {user, switch, to}, `role` {subject, role}, `seat` {user, to}, `seat_confirmation` {user},
    `erx_enablement` {user}, `cosigner` {user, to}, `reactivation` {user}, `emergency` {user, patient}; and of the
    circumstances `reason`, `second_factor`, `sign_in`.
    """

    kind: str
    about: Mapping[str, object]
    words: str


Suggestion = tuple[Step, ...]


class Suggested(NamedTuple):
    """Suggestions; where there are none, whether all sets of changes were tried, or those of a few steps alone."""

    found: tuple[Suggestion, ...] = ()
    all_tried: bool = True


@dataclass(frozen=True, slots=True)
class Tried:
    """A practice and a question as some changes would leave them, and those changes."""

    snapshot: Snapshot
    request: Request
    done: tuple[Candidate, ...] = ()


def suggestions(snapshot: Snapshot, request: Request, memory: Memory, now: datetime) -> Suggested:
    """All smallest sets of changes, up to four at once, that make the answer to this question yes; at most ten.

    Those come first that give the asker the least beside what was asked for.

    Each is a switch, a grant or another thing that the asker could be given here by whoever has the right, so that
    the guard-rails are asked too; none takes anything away from somebody else. Coming back and signing in again, where
    nothing else would count without them, are not among the four. Where a practice has so many roles that trying would
    not end, it does not begin with sets of a size of which there are too many.
    """
    part = _part(snapshot, request)
    if snapshot.damaged or not reachable(part, request, now):
        return Suggested()
    known = [*candidates(part, request, now)]
    ready, first, last = _made_ready(Tried(part, request), known, memory, now)
    if ready is None:
        return Suggested()
    others = [one for one in known if one not in (*first, *last)]
    for size in range(MOST_STEPS + 1):
        if comb(len(others), size) > MOST_TRIED:
            return Suggested(all_tried=False)
        found = []
        for some in combinations(others, size):
            tried = _tried(ready, some, now)
            if tried is None or not _allowed(tried, memory, now):
                continue
            whole = (*first, *some, *last)
            if could_be_made(Tried(snapshot, request), whole, memory, now):
                steps = tuple(Step(one.kind, one.about, one.words) for one in whole)
                found.append((_rules_held(tried, memory, now), steps))
        if found:
            found.sort(key=lambda one: one[0])
            return Suggested(tuple(steps for _, steps in found[:MOST_SUGGESTIONS]))
    return Suggested()


def _made_ready(
    start: Tried, known: Sequence[Candidate], memory: Memory, now: datetime
) -> tuple[Tried | None, list[Candidate], list[Candidate]]:
    """What is left of a question once the asker counts again, and what that takes: first of all, and last of all.

    None where nothing can be done about it.
    """
    needed: dict[str, list[Candidate]] = {}
    for kind, reason in (("reactivation", Reason.INACTIVE), ("sign_in", Reason.SESSION_ENDED)):
        needed[kind] = []
        if _decided(start, memory, now).reason is reason:
            needed[kind] = [one for one in known if one.kind == kind]
            tried = _tried(start, needed[kind], now) if needed[kind] else None
            if tried is None:
                return None, [], []
            start = tried
    return start, needed["reactivation"], needed["sign_in"]


def _tried(start: Tried, some: Iterable[Candidate], now: datetime) -> Tried | None:
    """What these changes leave, one after the other; None if one of them makes no sense then."""
    tried = start
    for one in some:
        becomes = one.make(tried.snapshot, tried.request, now)
        if becomes is None:
            return None
        operations, request = becomes
        tried = Tried(applied(tried.snapshot, operations), request, (*tried.done, one))
    return tried


def _allowed(tried: Tried, memory: Memory, now: datetime) -> bool:
    return _decided(tried, memory, now).allowed


def _rules_held(tried: Tried, memory: Memory, now: datetime) -> int:
    """How many rules there are of the roles that the asker would hold."""
    held = PolicyHeld(tried.snapshot, memory, now)
    roles = held.askers[tried.request.subject].roles
    return sum(rule.role in roles for rule in held.rules)


def _decided(tried: Tried, memory: Memory, now: datetime) -> Decision:
    return decide(tried.request, PolicyHeld(tried.snapshot, memory, now), now)


def could_be_made(whole: Tried, some: Iterable[Candidate], memory: Memory, now: datetime) -> bool:
    """Whether the changes make sense and the answer yes, and no guard-rail is against them, whoever makes them."""
    tried = _tried(whole, some, now)
    if tried is None or not _allowed(tried, memory, now):
        return False
    before, after = (PolicyHeld(snapshot, memory, now) for snapshot in (whole.snapshot, tried.snapshot))
    rights = Rights(_INSTALLER, before, now)
    analytics = own_analytics(tried.snapshot)
    passage = Passage(whole.snapshot, tried.snapshot, (), rights, rights.within(after), now, analytics)
    try:
        guards.check(passage)
    except AuthzError:
        return False
    return True


def _part(snapshot: Snapshot, request: Request) -> Snapshot:
    """The practice with those alone on whom the answer to this question can depend."""
    named = {request.subject, *_named(request)}
    links = {user for user, member in snapshot.memberships.items() if request.subject == member.cosigner}
    memberships = {user: m for user, m in snapshot.memberships.items() if user in named | links}
    return replace(
        snapshot,
        memberships=memberships,
        people={user: person for user, person in snapshot.people.items() if user in named | links},
        grants=tuple(grant for grant in snapshot.grants if grant.subject in named),
        emergencies=tuple(one for one in snapshot.emergencies if one.user == request.subject),
    )


def _named(request: Request) -> Iterator[Subject]:
    read: Callable[[str], Subject] = Subject.parse
    for text in (*request.resource.attributes.values(), f"user:{request.resource.id.removeprefix('user:')}"):
        try:
            yield read(text)
        except BadName:
            continue
