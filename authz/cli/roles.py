"""`authz roles`: what a practice lets people do in roles of its own making."""

from __future__ import annotations

import click

from authz.bootstrap import Services
from authz.cli.arguments import PracticeName, RoleName
from authz.cli.opening import opened
from authz.cli.printing import Printer, with_json
from authz.cli.writing import tell, writes
from authz.core.changes import PracticeRole
from authz.core.names import Practice
from authz.managing import Terms, Wish

_practice = click.argument("practice", type=PracticeName())
_role = click.argument("role", type=RoleName())


class Permission(click.ParamType[Wish]):
    """`claim:edit`, or `claim:edit:claim_open` with its condition."""

    name = "permission"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Wish:
        """The permission; a usage error for a text of another form."""
        if isinstance(value, Wish):
            return value
        parts = str(value).split(":")
        if len(parts) not in (2, 3) or not all(parts):
            self.fail(f"`{value}` is not RESOURCE:ACTION or RESOURCE:ACTION:CONDITION", param, ctx)
        return Wish(*parts)


@click.group()
def roles() -> None:
    """Roles that a practice makes of permissions it may delegate."""


@roles.command("list")
@_practice
@with_json
@click.pass_obj
def list_(printer: Printer, practice: Practice) -> None:
    """List the roles of PRACTICE and what they permit."""
    with opened() as service:
        rows = [_as_json(role) for role in _defined(service, practice)]
    printer.table("roles", rows, ("id", "name", "permissions"), empty="no roles of its own")


@roles.command()
@_practice
@_role
@click.argument("permissions", nargs=-1, required=True, type=Permission())
@click.option("--name", help="What people call it; if left out, its present name or its id.")
@writes
@with_json
@click.pass_obj
def put(
    printer: Printer, practice: Practice, role: str, permissions: tuple[Wish, ...], name: str | None, by: Terms
) -> None:
    """Make ROLE permit exactly these PERMISSIONS, each as claim:edit or claim:edit:claim_open."""
    with opened() as service:
        present = next((found.name for found in _defined(service, practice) if found.id == role), role)
        outcome = service.roles.put_role(by, practice, role, name or present, permissions)
    made = outcome.answer
    assert isinstance(made, PracticeRole)  # noqa: S101  # what the use case answers with
    facts = {"practice": practice.id, **_as_json(made)}
    tell(printer, outcome, facts, f"{role} in {practice} permits {', '.join(_permissions(made))}")


@roles.command()
@_practice
@_role
@writes
@with_json
@click.pass_obj
def remove(printer: Printer, practice: Practice, role: str, by: Terms) -> None:
    """Remove ROLE, which nobody may hold any more."""
    with opened() as service:
        outcome = service.roles.remove(by, practice, "role", role)
    tell(printer, outcome, {"practice": practice.id, "id": role}, f"{role} in {practice} is removed")


def _defined(service: Services, practice: Practice) -> list[PracticeRole]:
    """The practice's own roles; NotFound for an unknown practice, which has no list that could be empty."""
    service.store.revision(practice)
    return [role for role in service.store.roles(practice) if role.kind == "role"]


def _as_json(role: PracticeRole) -> dict[str, object]:
    return {"id": role.id, "name": role.name, "permissions": _permissions(role)}


def _permissions(role: PracticeRole) -> list[str]:
    return [":".join([rule.resource, rule.action, *filter(None, ["+".join(rule.conditions)])]) for rule in role.rules]
