"""`authz check`: asks a question of the policy; the exit code is the answer."""

from __future__ import annotations

import click

from authz.cli.arguments import Pair, PracticeName, mapping
from authz.cli.exits import NO, YES
from authz.cli.opening import opened
from authz.cli.printing import Printer, with_json
from authz.core.decision import Decision
from authz.core.names import Practice
from authz.policies.asking import question
from authz.policies.reasons_in_words import IN_WORDS

_TRUTH = {"true": True, "false": False}


@click.command()
@click.argument("practice", type=PracticeName())
@click.argument("subject")
@click.argument("action")
@click.argument("resource_type")
@click.option("--id", "resource_id", help="The resource's id.")
@click.option("--attr", "attributes", type=Pair(), multiple=True, help="An attribute, as author=user:ray. Repeatable.")
@click.option("--context", "context", type=Pair(), multiple=True, help="A circumstance, as reason=TEXT. Repeatable.")
@with_json
@click.pass_obj
def check(
    printer: Printer,
    practice: Practice,
    subject: str,
    action: str,
    resource_type: str,
    resource_id: str | None,
    attributes: tuple[tuple[str, str], ...],
    context: tuple[tuple[str, str], ...],
) -> int:
    """Ask whether SUBJECT may do ACTION to a RESOURCE_TYPE in PRACTICE.

    Exit code 0: allowed; 1: denied; 2: the question was wrong or could not be answered.
    """
    resource: dict[str, object] = {"type": resource_type, "attributes": mapping(attributes, "--attr")}
    if resource_id is not None:
        resource["id"] = resource_id
    circumstances: dict[str, object] = {**mapping(context, "--context")}
    if circumstances.get("epcs_2fa") in _TRUTH:
        circumstances["epcs_2fa"] = _TRUTH[str(circumstances["epcs_2fa"])]
    request = question(practice, subject, action, resource, circumstances or None)
    with opened() as service:
        decision = service.checker.check(request)
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
