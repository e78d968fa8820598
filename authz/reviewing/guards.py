"""What no rule may forget: a rule that lacks one of an action's guards is refused, one that has them all is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from authz.policies import VOCABULARY
from authz.policies.rows import BadFields, rule_of

NOBODY: Final = "nobody"


def forgettable(
    resource: str, told: Mapping[str, Sequence[str]], origin: str = "", actions: Iterable[str] | None = None
) -> list[str]:
    """Every action whose rules can be written with less, or not with as little, as the grid says; nobody may purge.

    Asks about `actions` alone if there are any. Rules read earlier are remembered by `origin`; a changed vocabulary
    takes a new one.
    """
    wrong = []
    for action in VOCABULARY.types[resource].actions if actions is None else actions:
        needs = [NOBODY] if action == "purge" else list(told.get(action, ()))
        if needs == [NOBODY]:
            if _accepted(resource, action, (), origin):
                wrong.append(f"a rule may let somebody `{action}`")
            continue
        if not _accepted(resource, action, needs, origin):
            wrong.append(f"`{action}` asks for more than {needs}")
        wrong += [
            f"a rule for `{action}` may forget `{name}`"
            for name in needs
            if _accepted(resource, action, [other for other in needs if other != name], origin)
        ]
    return wrong


def _accepted(resource: str, action: str, conditions: Sequence[str], origin: str) -> bool:
    try:
        rule_of(["clerk", "northside", resource, action, "+".join(conditions) or "always", "allow"], origin)
    except BadFields as error:
        if error.rule in ("guard", "never"):
            return False
        raise
    return True
