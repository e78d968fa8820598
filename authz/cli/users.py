"""`authz users`: the people of a practice, their life there and their access sheets."""

from __future__ import annotations

from dataclasses import asdict, replace

import click

from authz.cli.arguments import Pair, PracticeName, UserName, mapping
from authz.cli.opening import opened, typed
from authz.cli.people import Member, member, members
from authz.cli.printing import Printer, in_words, with_json
from authz.cli.sheets import changed
from authz.core.names import Practice, Subject
from authz.core.people import SEATS
from authz.managing import UNCHANGED, Details
from authz.managing.details import Unchanged

_practice = click.argument("practice", type=PracticeName())
_user = click.argument("user", type=UserName())
_reason = click.option("--reason", default="", help="Why; kept in the audit log.")


@click.group()
def users() -> None:
    """The people of a practice."""


@users.command("list")
@_practice
@with_json
@click.pass_obj
def list_(printer: Printer, practice: Practice) -> None:
    """List everybody in PRACTICE, those who left included."""
    with opened() as service:
        rows = [one.row() for one in members(service, practice)]
    printer.table("users", rows, ("id", "name", "email", "status", "seat", "switches", "other_roles"), empty="nobody")


@users.command()
@_practice
@_user
@with_json
@click.pass_obj
def show(printer: Printer, practice: Practice, user: Subject) -> None:
    """Show USER's membership in PRACTICE."""
    with opened() as service:
        _show(printer, member(service, practice, user))


@users.command()
@_practice
@click.argument("email")
@click.argument("name")
@click.option("--id", "user", type=UserName(), help="The person's id, for ever; made up if left out.")
@click.option("--seat", type=click.Choice(SEATS), default="office", show_default=True)
@click.option("--set", "switches", type=Pair(), multiple=True, help="A switch, as practitioner=true. Repeatable.")
@_reason
@with_json
@click.pass_obj
def add(
    printer: Printer,
    practice: Practice,
    email: str,
    name: str,
    user: Subject | None,
    seat: str,
    switches: tuple[tuple[str, str], ...],
    reason: str,
) -> None:
    """Add the person NAME with the address EMAIL to PRACTICE."""
    sheet = changed(None, mapping(switches, "--set"))
    with opened() as service:
        given = user.id if user else None
        made = service.people.add(typed(reason), practice, given, email, name, seat, sheet).answer
        assert isinstance(made, Subject)  # noqa: S101  # what the use case answers with
        _show(printer, member(service, practice, made))


@users.command()
@_practice
@_user
@click.argument("switches", type=Pair(), nargs=-1)
@_reason
@with_json
@click.pass_obj
def access(
    printer: Printer, practice: Practice, user: Subject, switches: tuple[tuple[str, str], ...], reason: str
) -> None:
    """Show USER's access sheet in PRACTICE, after setting SWITCHES such as chart_notes=all."""
    with opened() as service:
        found = member(service, practice, user)
        sheet = changed(found.sheet, mapping(switches, "the command"))
        if switches:
            service.access.put(replace(typed(reason), expected=found.revision), practice, user, sheet)
            found = member(service, practice, user)
    shown = asdict(found.sheet)
    rows = [f"{name:<26} {in_words(value)}" for name, value in shown.items()]
    printer.answer({"user": user.id, "access": shown, "revision": found.revision}, *rows)


@users.command()
@_practice
@_user
@click.option("--cosigner", type=UserName(or_none=True), help="Who co-signs USER's notes; `none` for nobody.")
@click.option(
    "--supervisor", type=UserName(or_none=True), help="Whose credentials USER's claims bear; `none` for nobody."
)
@_reason
@with_json
@click.pass_obj
def links(
    printer: Printer,
    practice: Practice,
    user: Subject,
    cosigner: Subject | str | None,
    supervisor: Subject | str | None,
    reason: str,
) -> None:
    """Show USER's co-signer and supervisor in PRACTICE, after setting those given."""
    with opened() as service:
        if cosigner or supervisor:
            links = Details(cosigner=_link(cosigner), supervisor=_link(supervisor))
            service.people.edit(typed(reason), practice, user, links)
        _show(printer, member(service, practice, user))


@users.command()
@_practice
@_user
@click.argument("seat", type=click.Choice(SEATS))
@with_json
@click.pass_obj
def seat(printer: Printer, practice: Practice, user: Subject, seat: str) -> None:
    """Give USER the SEAT in PRACTICE; done from here it is confirmed at once."""
    with opened() as service:
        service.people.edit(typed(), practice, user, Details(seat=seat))
        _show(printer, member(service, practice, user))


@users.command()
@_practice
@_user
@click.argument("enabled", type=click.Choice(("on", "off")))
@_reason
@with_json
@click.pass_obj
def erx(printer: Printer, practice: Practice, user: Subject, enabled: str, reason: str) -> None:
    """Enable USER for electronic prescribing in PRACTICE, or end that."""
    with opened() as service:
        service.people.edit(typed(reason), practice, user, Details(erx_enabled=enabled == "on"))
        _show(printer, member(service, practice, user))


@users.command()
@_practice
@_user
@_reason
@with_json
@click.pass_obj
def deactivate(printer: Printer, practice: Practice, user: Subject, reason: str) -> None:
    """End USER's access everywhere at once; everything is kept for a later reactivation."""
    with opened() as service:
        service.memberships.deactivate(typed(reason), practice, user)
        _show(printer, member(service, practice, user))


@users.command()
@_practice
@_user
@_reason
@with_json
@click.pass_obj
def reactivate(printer: Printer, practice: Practice, user: Subject, reason: str) -> None:
    """Give USER back exactly what was there before the deactivation."""
    with opened() as service:
        service.memberships.reactivate(typed(reason), practice, user)
        _show(printer, member(service, practice, user))


def _link(typed: Subject | str | None) -> Subject | Unchanged | None:
    """What was typed as the use case takes it: left out, it stays as it is; `none` is nobody."""
    return UNCHANGED if typed is None else typed if isinstance(typed, Subject) else None


def _show(printer: Printer, found: Member) -> None:
    lines = [f"{name.replace('_', ' '):<16} {in_words(value)}" for name, value in found.row().items()]
    printer.answer(found.as_json(), *lines)
