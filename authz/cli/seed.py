"""`authz seed`: loads the shipped roles."""

from __future__ import annotations

import click

from authz.cli.opening import opened, typed
from authz.cli.printing import Printer, with_json
from authz.core.errors import Conflict
from authz.core.names import INSTALLATION
from authz.policies.seeds import shipped_rules


@click.command()
@click.option("--other-pack", is_flag=True, help="Replace the rules of another policy pack.")
@with_json
@click.pass_obj
def seed(printer: Printer, other_pack: bool) -> None:
    """Load the shipped roles, replacing those of an earlier version. Practices' own roles stay."""
    with opened() as service:
        rules = shipped_rules(service.settings.policy_seed)
        snapshot = service.store.snapshot(INSTALLATION)
        strange = [row for row in snapshot.bad_rows if row.problem.startswith("unknown resource type")]
        if strange and not other_pack:
            told = f"{len(strange)} rules in force mean nothing here ({strange[0].problem})"
            raise Conflict("other_pack", f"{told}: is this the database of another pack? `--other-pack` replaces them")
        revision = service.seeding.load(typed(), rules).revision
    roles = len({rule.role for rule in rules})
    printer.answer(
        {"rules": len(rules), "roles": roles, "revision": revision},
        f"{len(rules)} rules of {roles} shipped roles are in force",
    )
