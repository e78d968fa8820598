"""The digest of what a change would do, by which a later write can ask for exactly that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from authz.checking.effects import Effect
from authz.core.names import Practice
from authz.managing.terms import Draft


def plan_of(practice: Practice, found: Iterable[Effect], draft: Draft) -> str:
    """The same text for the same effect: who gains and loses what, what is recorded, which warnings come with it.

    Ids that every attempt makes up anew do not count, nor do the actor, the moment and the stated reason.
    """
    told = {
        "practice": practice.id,
        "effects": [[str(e.subject), *([str(one) for one in side] for side in (e.gained, e.lost))] for e in found],
        "events": [[e.action, e.target, dict(e.before), dict(e.after)] for e in draft.events],
        "warnings": [*draft.warnings],
    }
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    for minted in draft.minted:
        text = text.replace(minted, "new")
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
