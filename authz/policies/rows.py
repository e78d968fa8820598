"""Policy rows read strictly: a row that is not exactly right in kind, length, grammar and words is none."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from authz.core.errors import BadPolicy, LineError
from authz.core.names import BadName, Practice, Subject, role_name
from authz.core.policy import ALWAYS, Rule
from authz.policies import VOCABULARY
from authz.policies.conditions import condition_named, rank
from authz.policies.lines import lines_in
from authz.policies.vocabulary import ResourceType, did_you_mean

MOST_KEPT: Final = 10_000
_FIELDS: Final = ("role", "practice", "resource type", "action", "conditions", "effect")
_RESOURCE: Final = 2


class BadFields(ValueError):
    """A row that is no rule or grant; `rule` names the check that it failed."""

    def __init__(self, rule: str, message: str) -> None:
        self.rule = rule
        super().__init__(message)


def rule_of(fields: Sequence[str], origin: str = "") -> Rule:
    """The rule that six fields state (role, practice, resource type, action, conditions, effect); raises BadFields.

    The same fields give the same object again, so that the shipped rules are read and kept once for all practices.
    """
    return _read(tuple(fields), origin)


@lru_cache(maxsize=MOST_KEPT)
def _read(fields: tuple[str, ...], origin: str) -> Rule:
    if len(fields) != len(_FIELDS):
        raise BadFields("arity", f"a rule has {len(_FIELDS)} fields ({', '.join(_FIELDS)}), this one {len(fields)}")
    role, practice, resource, action, when, effect = fields
    try:
        rule_practice = Practice(practice)
        role_name(role)
    except BadName as error:
        raise BadFields("name", str(error)) from error
    type = type_and_action(resource, action)
    if effect not in ("allow", "deny"):
        raise BadFields("effect", f"the effect is `allow` or `deny`, not `{effect}`")
    conditions = _conditions(when, type)
    if effect == "allow":
        _refuse_forgotten(type, action, conditions)
    elif type.actions[action].narrows:
        _refuse_partial(type, action, conditions)
    return Rule(role, rule_practice, resource, action, conditions, effect, origin)


def type_and_action(resource: str, action: str) -> ResourceType:
    """The resource type of this name, which has this action; raises BadFields for either unknown."""
    type = VOCABULARY.types.get(resource)
    if type is None:
        raise BadFields("resource", f"unknown resource type `{resource}`{did_you_mean(resource, VOCABULARY.types)}")
    if action not in type.actions:
        raise BadFields("action", f"`{resource}` has no action `{action}`{did_you_mean(action, type.actions)}")
    return type


def _conditions(when: str, type: ResourceType) -> tuple[str, ...]:
    if when == ALWAYS:
        return ()
    names = when.split("+")
    for name in names:
        condition = condition_named(name)
        if condition is None:
            raise BadFields("condition", f"unknown condition `{name}`{did_you_mean(name, VOCABULARY.conditions)}")
        if not condition.fits(type):
            raise BadFields("condition", f"the condition `{name}` has no meaning for `{type.name}`")
    if len(set(names)) != len(names):
        raise BadFields("condition", f"a condition stands twice in `{when}`")
    return tuple(sorted(names, key=lambda name: (rank(name), name)))


def _refuse_forgotten(type: ResourceType, action: str, conditions: Sequence[str]) -> None:
    if type.actions[action].never:
        raise BadFields("never", f"no role may `{action}` a `{type.name}`")
    forgotten = [guard for guard in type.actions[action].guards if guard not in conditions]
    if forgotten:
        raise BadFields(
            "guard", f"`{action}` on `{type.name}` always needs {' and '.join(f'`{f}`' for f in forgotten)}"
        )


def _refuse_partial(type: ResourceType, action: str, conditions: Sequence[str]) -> None:
    """A list is asked without naming a resource, so a denial of some of it could not be told apart from none."""
    for name in conditions:
        condition = condition_named(name)
        if condition is not None and condition.narrowing is not None:
            raise BadFields("condition", f"`{action}` on `{type.name}` is denied whole, not where `{name}` holds")


def grant_fields_of(fields: Sequence[str]) -> tuple[Subject, str, Practice]:
    """Subject, role and practice that three fields state; raises BadFields."""
    if len(fields) != 3:
        raise BadFields("arity", f"a grant has 3 fields (subject, role, practice), this one {len(fields)}")
    try:
        return Subject.parse(fields[0]), role_name(fields[1]), Practice.of(fields[2])
    except BadName as error:
        raise BadFields("name", str(error)) from error


def read_policy(path: Path, only: Container[str] | None = None) -> tuple[Rule, ...]:
    """Every rule of a policy file, in its order; raises BadPolicy with all bad lines, or OSError.

    With `only`, rules about other resource types than these are passed over unread.
    """
    rules: list[Rule] = []
    errors: list[LineError] = []
    for _, found in rules_in(path, only):
        if isinstance(found, Rule):
            rules.append(found)
        else:
            errors.append(found)
    if errors:
        raise BadPolicy(path.name, errors)
    return tuple(rules)


def rules_in(path: Path, only: Container[str] | None = None) -> Iterator[tuple[int, Rule | LineError]]:
    """Line by line the rule that stands there, or why it is none; good lines in spite of bad ones. Raises OSError.

    A rule that stood above already is an error, and not told again.
    """
    above: dict[tuple[str, ...], Rule] = {}
    for number, text in lines_in(path):
        if isinstance(text, LineError):
            yield number, text
            continue
        try:
            rule = _rule_on(text, f"{path.name}:{number}", only)
        except BadFields as error:
            yield number, LineError(number, error.rule, str(error))
            continue
        if rule is None:
            continue
        earlier = above.setdefault(tuple(rule.row()), rule)
        if earlier is rule:
            yield number, rule
        else:
            yield number, LineError(number, "duplicate", f"the same rule stands at {earlier.origin}")


def _rule_on(text: str, origin: str, only: Container[str] | None) -> Rule | None:
    kind, *fields = (part.strip(" ") for part in text.split(","))
    if kind != "p":
        raise BadFields("kind", f"a line starts with `p`, not `{kind[:40]}`")
    if only is not None and len(fields) == len(_FIELDS) and fields[_RESOURCE] not in only:
        return None
    return rule_of(fields, origin)
