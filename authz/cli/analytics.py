"""`authz analytics-roles`: which reports the members given such a role see."""

from __future__ import annotations

import click

from authz.bootstrap import Services
from authz.cli.arguments import PracticeName, RoleName
from authz.cli.opening import opened
from authz.cli.printing import Printer, with_json
from authz.cli.writing import tell, writes
from authz.core.changes import PracticeRole
from authz.core.names import Practice
from authz.managing import Terms
from authz.policies.conditions import REPORT_PREFIX

_practice = click.argument("practice", type=PracticeName())
_role = click.argument("role", type=RoleName())


@click.group("analytics-roles")
def analytics_roles() -> None:
    """Named sets of reports that a practice gives to its members."""


@analytics_roles.command("list")
@_practice
@with_json
@click.pass_obj
def list_(printer: Printer, practice: Practice) -> None:
    """List the analytics roles of PRACTICE and their reports."""
    with opened() as service:
        rows = [_as_json(role) for role in _defined(service, practice)]
    printer.table("analytics_roles", rows, ("id", "name", "reports"), empty="no analytics roles")


@analytics_roles.command()
@_practice
@_role
@click.argument("reports", nargs=-1, required=True)
@click.option("--name", help="What people call it; if left out, its present name or its id.")
@writes
@with_json
@click.pass_obj
def put(printer: Printer, practice: Practice, role: str, reports: tuple[str, ...], name: str | None, by: Terms) -> None:
    """Make ROLE show exactly these REPORTS."""
    with opened() as service:
        present = next((found.name for found in _defined(service, practice) if found.id == role), role)
        outcome = service.roles.put_analytics_role(by, practice, role, name or present, reports)
    facts = {"practice": practice.id, "id": role, "reports": sorted(set(reports))}
    tell(printer, outcome, facts, f"{role} in {practice} shows {', '.join(sorted(set(reports)))}")


@analytics_roles.command()
@_practice
@_role
@writes
@with_json
@click.pass_obj
def remove(printer: Printer, practice: Practice, role: str, by: Terms) -> None:
    """Remove ROLE, which nobody may hold any more."""
    with opened() as service:
        outcome = service.roles.remove(by, practice, "analytics", role)
    tell(printer, outcome, {"practice": practice.id, "id": role}, f"{role} in {practice} is removed")


def _defined(service: Services, practice: Practice) -> list[PracticeRole]:
    """The practice's analytics roles; NotFound for an unknown practice, which has no list that could be empty."""
    service.store.revision(practice)
    return [role for role in service.store.roles(practice) if role.kind == "analytics"]


def _as_json(role: PracticeRole) -> dict[str, object]:
    conditions = {condition for rule in role.rules for condition in rule.conditions}
    reports = sorted(c.removeprefix(REPORT_PREFIX) for c in conditions if c.startswith(REPORT_PREFIX))
    return {"id": role.id, "name": role.name, "reports": reports}
