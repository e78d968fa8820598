"""`authz users`: the people of a practice, who they are and whether they are there."""

from __future__ import annotations

from typing import Any

import click

from authz.bootstrap import Services
from authz.cli import sheets
from authz.cli.access import access, erx, links, seat
from authz.cli.arguments import Pair, PracticeName, UserName, mapping
from authz.cli.opening import opened
from authz.cli.people import member, member_in, members
from authz.cli.printing import Printer, with_json
from authz.cli.showing import show_member, tell_member
from authz.cli.writing import tell, writes
from authz.core.names import INSTALLATION, Practice, Subject
from authz.core.people import REPLY_TO, SEATS, folded
from authz.managing import Details, Terms

_practice = click.argument("practice", type=PracticeName())
_user = click.argument("user", type=UserName())
_COLUMNS = ("id", "name", "email", "status", "seat", "switches", "other_roles")


@click.group()
def users() -> None:
    """The people of a practice."""


for command in (access, links, seat, erx):
    users.add_command(command)


@users.command("list")
@_practice
@click.option("--search", default="", help="Part of an id, a name or an address, capitals aside.")
@click.option("--status", type=click.Choice(("active", "inactive")))
@with_json
@click.pass_obj
def list_(printer: Printer, practice: Practice, search: str, status: str | None) -> None:
    """List everybody in PRACTICE, those who left included."""
    with opened() as service:
        rows = [one.row() for one in members(service, practice)]
    found = [row for row in rows if status in (None, row["status"]) and _matches(row, folded(search))]
    printer.table("users", found, _COLUMNS, empty="nobody")


@users.command()
@_practice
@_user
@with_json
@click.pass_obj
def show(printer: Printer, practice: Practice, user: Subject) -> None:
    """Show USER's membership in PRACTICE."""
    with opened() as service:
        show_member(printer, member(service, practice, user))


@users.command()
@click.argument("practice", type=PracticeName(or_installation=True))
@click.argument("email")
@click.argument("name")
@click.option("--id", "user", type=UserName(), help="The person's id, for ever; made up if left out.")
@click.option("--seat", type=click.Choice(SEATS), default="office", show_default=True)
@click.option("--set", "switches", type=Pair(), multiple=True, help="A switch, as practitioner=true. Repeatable.")
@click.option("--phone", default="", help="For resetting a password, and a second factor.")
@click.option("--alias", "aliases", multiple=True, help="A further address. Repeatable.")
@click.option("--reply-to", type=click.Choice(REPLY_TO), default="shared", show_default=True)
@writes
@with_json
@click.pass_obj
def add(
    printer: Printer,
    /,
    practice: Practice,
    email: str,
    name: str,
    user: Subject | None,
    seat: str,
    switches: tuple[tuple[str, str], ...],
    by: Terms,
    **details: Any,
) -> None:
    """Add the person NAME with the address EMAIL to PRACTICE.

    Where PRACTICE is '*' (quote it) to none of them: operators and security reviewers, who then need `authz grant`.
    """
    sheet = sheets.changed(None, mapping(switches, "--set"))
    with opened() as service:
        if practice == INSTALLATION:
            strange = switches or seat != "office" or any(details[name] for name in ("phone", "aliases"))
            if user is None or strange or details["reply_to"] != "shared":
                raise click.UsageError("outside all practices a person needs --id and has an address and a name alone")
            outside = service.people.add_outsider(by, user.id, email, name)
            facts = {"id": user.id, "name": name, "email": email}
            tell(printer, outside, facts, f"{user} is known outside all practices; no role is held yet")
            return
        given = user.id if user else None
        outcome = service.people.add(by, practice, given, email, name, seat, sheet, **details)
        made = outcome.answer
        assert isinstance(made, Subject)  # noqa: S101  # what the use case answers with
        tell_member(printer, outcome, member_in(service, outcome.after, made))


@users.command()
@_practice
@_user
@click.option("--name")
@click.option("--phone")
@click.option("--alias", "aliases", multiple=True, help="All further addresses, one each; `none` for none.")
@click.option("--reply-to", type=click.Choice(REPLY_TO))
@writes
@with_json
@click.pass_obj
def edit(
    printer: Printer, /, practice: Practice, user: Subject, aliases: tuple[str, ...], by: Terms, **details: str | None
) -> None:
    """Change what is known of USER, whose home is PRACTICE; what is left out stays."""
    given: dict[str, Any] = {name: value for name, value in details.items() if value is not None}
    if aliases:
        given["aliases"] = () if aliases == ("none",) else aliases
    with opened() as service:
        _changed(printer, service, service.people.edit(by, practice, user, Details(**given)), user)


@users.command()
@_practice
@_user
@click.argument("address")
@writes
@with_json
@click.pass_obj
def email(printer: Printer, practice: Practice, user: Subject, address: str, by: Terms) -> None:
    """Give USER another ADDRESS to sign in with; sessions from before have ended, everything else stays."""
    with opened() as service:
        _changed(printer, service, service.people.change_email(by, practice, user, address), user)


@users.command()
@_practice
@_user
@writes
@with_json
@click.pass_obj
def deactivate(printer: Printer, practice: Practice, user: Subject, by: Terms) -> None:
    """End USER's access everywhere at once; everything is kept for a later reactivation."""
    with opened() as service:
        _changed(printer, service, service.memberships.deactivate(by, practice, user), user)


@users.command()
@_practice
@_user
@writes
@with_json
@click.pass_obj
def reactivate(printer: Printer, practice: Practice, user: Subject, by: Terms) -> None:
    """Give USER back exactly what was there before the deactivation."""
    with opened() as service:
        _changed(printer, service, service.memberships.reactivate(by, practice, user), user)


def _changed(printer: Printer, service: Services, outcome: Any, user: Subject) -> None:
    tell_member(printer, outcome, member_in(service, outcome.after, user))


def _matches(row: dict[str, object], sought: str) -> bool:
    aliases = row["aliases"]
    assert isinstance(aliases, list)  # noqa: S101  # what a member's row holds
    return any(sought in folded(str(text)) for text in (row["id"], row["name"], row["email"], *aliases))
