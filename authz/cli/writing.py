"""What every command that changes something takes and tells: why, on which revision, in earnest or not, its effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import wraps
from itertools import groupby
from typing import Any

import click

from authz.checking.entitlements import Entitlement
from authz.cli.opening import typed
from authz.cli.printing import Printer
from authz.managing import Outcome

ALWAYS = "always"


def writes(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the options of a write, and the terms that they amount to as `by`."""

    @click.option("--reason", default="", help="Why; kept in the audit log.")
    @click.option("--dry-run", is_flag=True, help="Change nothing; show what would change, and its plan.")
    @click.option("--plan", help="Change only if the effect is still that of this plan.")
    @click.option("--if-revision", type=click.IntRange(min=0), help="Change only what is at this revision.")
    @wraps(command)
    def on_terms(
        *given: Any, reason: str, dry_run: bool, plan: str | None, if_revision: int | None, **named: Any
    ) -> Any:
        by = replace(typed(reason.strip()), dry_run=dry_run, plan=plan, expected=if_revision)
        return command(*given, by=by, **named)

    return on_terms


def tell(printer: Printer, outcome: Outcome, facts: Mapping[str, object], *lines: str) -> None:
    """The thing as it is, or would be, and then who gains and loses what."""
    effects = [
        {"subject": str(effect.subject), "gained": _listed(effect.gained), "lost": _listed(effect.lost)}
        for effect in outcome.effects
    ]
    told = {
        **facts,
        "revision": outcome.revision,
        "written": outcome.written,
        "effects": effects,
        "warnings": [*outcome.warnings],
        "plan": outcome.plan,
    }
    printer.answer(told, *lines, *_in_words(outcome))


def _listed(entitlements: Iterable[Entitlement]) -> list[dict[str, object]]:
    return [
        {"resource": one.resource, "action": one.action, "condition": one.condition, "of": one.of}
        for one in entitlements
    ]


def _in_words(outcome: Outcome) -> list[str]:
    lines = [] if outcome.written else [f"nothing is written; revision {outcome.revision}, plan {outcome.plan}"]
    for effect in outcome.effects:
        for sign, entitlements in (("+", effect.gained), ("-", effect.lost)):
            for resource, those in groupby(entitlements, key=lambda one: one.resource):
                lines.append(f"{sign} {effect.subject} {resource}: {', '.join(map(_worded, those))}")
    return [*lines, *(f"! {warning}" for warning in outcome.warnings)]


def _worded(one: Entitlement) -> str:
    when = [] if one.condition == ALWAYS else [one.condition]
    which = [*when, *([f"of {one.of}"] if one.of else [])]
    return f"{one.action} ({' '.join(which)})" if which else one.action
