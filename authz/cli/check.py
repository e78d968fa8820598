"""`authz check`: asks a question of the policy; the exit code is the answer."""

from __future__ import annotations

from typing import Any

import click

from authz.cli.asked import asked, with_question
from authz.cli.exits import NO, YES
from authz.cli.opening import opened
from authz.cli.printing import Printer, with_json
from authz.cli.record import record_emergency
from authz.core.decision import Decision
from authz.policies.reasons_in_words import IN_WORDS


@click.command()
@with_question
@with_json
@click.pass_obj
def check(printer: Printer, /, **question: Any) -> int:
    """Ask whether SUBJECT may do ACTION to a RESOURCE_TYPE in PRACTICE.

    Exit code 0: allowed; 1: denied; 2: the question was wrong or could not be answered.
    """
    request = asked(**question)
    with opened() as service:
        decision = service.checker.check(request)
        record_emergency(service, request, decision)
    _show(printer, decision)
    return YES if decision.allowed else NO


def _show(printer: Printer, decision: Decision) -> None:
    facts: dict[str, object] = {
        "allowed": decision.allowed,
        "reason": decision.reason.value,
        "revision": decision.revision,
    }
    lines = [f"{'allowed' if decision.allowed else 'denied'}: {IN_WORDS[decision.reason]} [{decision.reason.value}]"]
    if decision.detail:
        facts["detail"] = decision.detail
        lines.append(f"  {decision.detail}")
    if decision.obligations:
        facts["obligations"] = [{"type": o.type, **o.details} for o in decision.obligations]
        lines += [f"  obligation {o.type}{_details(o.details)}" for o in decision.obligations]
    printer.answer(facts, *lines)


def _details(details: object) -> str:
    items = details.items() if hasattr(details, "items") else ()
    return "".join(f" {name}={','.join(v) if isinstance(v, list) else v}" for name, v in items)
