"""That no change within one practice alters an answer in another, shown by trying all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.policy import RowsInForce, Rule, Snapshot
from authz.core.ports import EngineOfMany
from authz.policies import VOCABULARY
from authz.reviewing.spaces import Facts, conditions_of

HERE, THERE = Practice("here"), Practice("there")
OF_OUR_OWN: Final = "of-our-own"
NOBODY: Final = Subject.user("nobody")
_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was tried: `questions` asked in one practice, each beside all `changes` that can be made in another.

    `altered` are the answers that differed; `foreign` the stored rows that stand in a practice's policy and belong to
    another. Practices are isolated where both are empty.
    """

    digest: str
    rules: int
    questions: int
    changes: int
    practices: int
    rows: int
    altered: tuple[str, ...]
    foreign: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.altered and not self.foreign


def certified(
    rules: Sequence[Rule],
    engine: EngineOfMany,
    stored: Iterable[Snapshot] = (),
    progress: Callable[[int, int], object] = lambda _done, _of: None,
) -> Certificate:
    """Every question in one practice, with all there could be in another practice beside it and without.

    Here, one person for each role holds it, somebody holds nothing, and the practice has a role of its own. There,
    everybody of here holds every role, and rows of the practice's own about every role's name allow everything, or
    deny everything. Whether a row applies does not depend on which others there are, so that whatever is between
    nothing and all of it, any change whatever, alters an answer only if one of these two extremes does.
    """
    pairs = [(type.name, action) for type in VOCABULARY.types.values() for action in type.actions]
    roles = sorted({rule.role for rule in rules} | {OF_OUR_OWN})
    altered: list[str] = []
    questions = changes = 0
    for done, pair in enumerate(pairs):
        progress(done, len(pairs))
        asked, tried, differing = _tried(pair, [r for r in rules if (r.resource, r.action) == pair], roles, engine)
        questions, changes, altered = questions + asked, changes + tried, altered + differing
    progress(len(pairs), len(pairs))
    practices = rows = 0
    foreign: list[str] = []
    for snapshot in stored:
        practices, rows = practices + 1, rows + len(snapshot.rules) + len(snapshot.grants)
        foreign += _foreign(snapshot)
    return Certificate(
        digest_of(rules), len(rules), questions, changes, practices, rows, tuple(altered), tuple(foreign)
    )


def digest_of(rules: Iterable[Rule]) -> str:
    """One hash for all policies that consist of the same rows, whatever their order."""
    rows = sorted(",".join(rule.row()) for rule in rules)
    return f"sha256:{hashlib.sha256(chr(10).join(rows).encode()).hexdigest()}"


def _tried(
    pair: _Pair, about: Sequence[Rule], roles: Sequence[str], engine: EngineOfMany
) -> tuple[int, int, list[str]]:
    """How many questions were asked beside how many changes, and whose answers differed."""
    resource, action = pair
    own = Rule(OF_OUR_OWN, HERE, resource, action, ())
    holders = {Subject.user(f"holder.{role}"): frozenset({role}) for role in roles}
    people = [*holders, NOBODY]
    facts: list[Facts] = [*dict.fromkeys((frozenset[str](), frozenset(conditions_of(about))))]
    before = _answers(engine, (*about, own), holders, people, pair, facts)
    altered = []
    for effect in ("allow", "deny"):
        everything = tuple(Rule(role, THERE, resource, action, (), effect) for role in roles)
        after = _answers(engine, (*about, own, *everything), holders, people, pair, facts, everywhere=roles)
        altered += [
            f"{who} may {'' if now else 'not '}`{action}` a `{resource}` because of what is in another practice"
            for (who, was), (_, now) in zip(before, after, strict=True)
            if was != now
        ]
    return len(before), len(roles) * (2 + len(people)), altered


def _answers(
    engine: EngineOfMany,
    rules: tuple[Rule, ...],
    holders: dict[Subject, frozenset[str]],
    people: Sequence[Subject],
    pair: _Pair,
    facts: Sequence[Facts],
    everywhere: Sequence[str] = (),
) -> list[tuple[Subject, bool]]:
    """What everybody is answered here; with `everywhere`, where all of them hold all these roles there."""
    mine = RowsInForce(HERE, 0, tuple(rule for rule in rules if rule.practice != THERE), holders)
    theirs = tuple(rule for rule in rules if rule.practice == THERE)
    held_there = dict.fromkeys(people, frozenset(everywhere)) if everywhere else {}
    prepared = engine.prepare_beside(mine, RowsInForce(THERE, 0, theirs, held_there))
    return [(who, prepared.allows(who, *pair, known) is True) for who in people for known in facts]


def _foreign(snapshot: Snapshot) -> Iterator[str]:
    """Rows of a practice's policy, as the store reads it, that belong to neither it nor the installation."""
    mine = (snapshot.practice, INSTALLATION)
    yield from (f"{snapshot.practice}: rule {rule.row()}" for rule in snapshot.rules if rule.practice not in mine)
    for grant in snapshot.grants:
        if grant.practice not in mine:
            yield f"{snapshot.practice}: `{grant.subject}` holds `{grant.role}` of `{grant.practice}`"
    yield from (f"{snapshot.practice}: member {m.user}" for m in snapshot.memberships.values() if m.practice != mine[0])
    yield from (f"{snapshot.practice}: emergency {e.id}" for e in snapshot.emergencies if e.practice != mine[0])
