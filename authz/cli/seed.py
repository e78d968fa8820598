"""`authz seed`: loads the shipped roles."""

from __future__ import annotations

import click

from authz.cli.opening import opened, typed
from authz.cli.printing import Printer, with_json
from authz.policies.seeds import shipped_rules


@click.command()
@with_json
@click.pass_obj
def seed(printer: Printer) -> None:
    """Load the shipped roles, replacing those of an earlier version. Practices' own roles stay."""
    with opened() as service:
        rules = shipped_rules(service.settings.policy_seed)
        revision = service.seeding.load(typed(), rules).revision
    roles = len({rule.role for rule in rules})
    printer.answer(
        {"rules": len(rules), "roles": roles, "revision": revision},
        f"{len(rules)} rules of {roles} shipped roles are in force",
    )
