"""`authz users`: the people of a practice, their life there and their access sheets."""

from __future__ import annotations

import click

from authz.cli.arguments import Pair, PracticeName, UserName, mapping
from authz.cli.opening import actor, opened
from authz.cli.people import Member, member, members
from authz.cli.printing import Printer, in_words, with_json
from authz.cli.sheets import changed
from authz.core.names import Practice, Subject
from authz.core.people import SEATS

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
) -> None:
    """Add the person NAME with the address EMAIL to PRACTICE."""
    sheet = changed(None, mapping(switches, "--set"))
    with opened() as service:
        made = service.people.add(actor(), practice, user.id if user else None, email, name, seat, sheet)
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
            service.people.set_access(actor(), practice, user, sheet, reason=reason)
            found = member(service, practice, user)
    facts = found.as_json()
    rows = [f"{name:<26} {in_words(value)}" for name, value in facts["access"].items()]
    printer.answer({"user": user.id, "access": facts["access"], "revision": found.revision}, *rows)


@users.command()
@_practice
@_user
@click.option("--cosigner", type=UserName(or_none=True), help="Who co-signs USER's notes; `none` for nobody.")
@click.option(
    "--supervisor", type=UserName(or_none=True), help="Whose credentials USER's claims bear; `none` for nobody."
)
@with_json
@click.pass_obj
def links(
    printer: Printer,
    practice: Practice,
    user: Subject,
    cosigner: Subject | str | None,
    supervisor: Subject | str | None,
) -> None:
    """Show USER's co-signer and supervisor in PRACTICE, after setting those given."""
    given = {name: _nobody_or(link) for name, link in (("cosigner", cosigner), ("supervisor", supervisor)) if link}
    with opened() as service:
        if given:
            service.people.set_links(actor(), practice, user, **given)
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
        service.people.set_seat(actor(), practice, user, seat)
        _show(printer, member(service, practice, user))


@users.command()
@_practice
@_user
@click.argument("enabled", type=click.Choice(("on", "off")))
@with_json
@click.pass_obj
def erx(printer: Printer, practice: Practice, user: Subject, enabled: str) -> None:
    """Enable USER for electronic prescribing in PRACTICE, or end that."""
    with opened() as service:
        service.people.set_erx_enabled(actor(), practice, user, enabled == "on")
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
        service.people.deactivate(actor(), practice, user, reason=reason)
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
        service.people.reactivate(actor(), practice, user, reason=reason)
        _show(printer, member(service, practice, user))


def _nobody_or(link: Subject | str) -> Subject | None:
    return link if isinstance(link, Subject) else None


def _show(printer: Printer, found: Member) -> None:
    lines = [f"{name.replace('_', ' '):<16} {in_words(value)}" for name, value in found.row().items()]
    printer.answer(found.as_json(), *lines)
