"""`authz explain`: why the answer to a question is what it is, and what would change it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from authz.cli.arguments import Then
from authz.cli.asked import asked, with_question
from authz.cli.exits import NO, YES
from authz.cli.opening import opened, typed
from authz.cli.printing import Printer, with_json
from authz.cli.record import record_emergency
from authz.core.changes import Event
from authz.core.decision import Request
from authz.core.moments import told
from authz.reviewing.explaining import Explanation, NearRule
from authz.reviewing.telling import as_plain
from authz.reviewing.wording import in_sentences, one_suggestion


@click.command()
@with_question
@click.option("--at", "at", type=Then(), help="As it was: at a revision, at a moment, or so long ago as 8h or 90d.")
@with_json
@click.pass_obj
def explain(printer: Printer, /, at: int | datetime | None, **question: Any) -> int:
    """Say why SUBJECT may or may not do ACTION to a RESOURCE_TYPE in PRACTICE.

    For a yes: the rule with its file and line, the grant, who gave it and when. For a no: the rules that came near,
    what they lack, and the smallest changes that would make it a yes. With --at all of it as it was, told from the
    audit trail. Exit code 0: allowed; 1: denied; 2: the question was wrong or could not be answered.
    """
    request = asked(**question)
    with opened() as service:
        if at is None:
            explanation = service.explaining.explain(request)
            record_emergency(service, explanation.request, explanation.decision)
        else:
            explanation = service.explaining.explain_past(request, at)
            service.store.record(request.practice, [_event(request, explanation)])
    allowed = explanation.decision.allowed
    printer.answer(as_plain(explanation), *_lines(explanation))
    return YES if allowed else NO


def _event(request: Request, explanation: Explanation) -> Event:
    """INVARIANT: what the record tells leaves only after it says who was told."""
    told_of = {"at": told(explanation.at), "action": request.action, "resource_type": request.resource.type}
    return Event(typed().actor, "past_explained", str(request.subject), after=told_of)


def _lines(explanation: Explanation) -> list[str]:
    decision = explanation.decision
    lines = [in_sentences(explanation), f"  {'allowed' if decision.allowed else 'denied'} [{decision.reason.value}]"]
    if decision.detail:
        lines.append(f"  {decision.detail}")
    lines += [f"  with the obligation {obligation.type}" for obligation in decision.obligations]
    lines.append(f"  at revision {decision.revision}{f', {told(explanation.at)}' if explanation.past else ''}")
    lines.append(f"  roles held: {', '.join(role.role for role in explanation.roles) or 'none'}")
    lines += [f"  {_near(near)}" for near in explanation.near]
    lines += [f"  it would be a yes if {one_suggestion(one)}" for one in explanation.would_allow]
    return lines


def _near(near: NearRule) -> str:
    rule = near.rule
    lacks = [*([] if near.held else [f"the role `{rule.role}`"]), *(f"`{name}`" for name in near.missing)]
    state = f"lacks {', '.join(lacks)}" if lacks else "applies"
    return f"rule {rule.origin or 'of the practice'} ({rule.role}, {rule.when}, {rule.effect}): {state}"
