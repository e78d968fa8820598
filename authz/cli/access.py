"""`authz users access`, `links`, `seat` and `erx`: what a person is given in a practice."""

from __future__ import annotations

from dataclasses import asdict

import click

from authz.cli import sheets
from authz.cli.arguments import Pair, PracticeName, UserName, mapping
from authz.cli.opening import opened
from authz.cli.people import member, member_in
from authz.cli.printing import Printer, in_words, with_json
from authz.cli.showing import show_member, tell_member
from authz.cli.writing import tell, writes
from authz.core.names import Practice, Subject
from authz.core.people import SEATS, AccessSheet
from authz.managing import UNCHANGED, Details, Terms
from authz.managing.details import Unchanged

_practice = click.argument("practice", type=PracticeName())
_user = click.argument("user", type=UserName())


@click.command()
@_practice
@_user
@click.argument("switches", type=Pair(), nargs=-1)
@click.option("--whole", is_flag=True, help="Make it the whole sheet: switches left out take their defaults.")
@writes
@with_json
@click.pass_obj
def access(
    printer: Printer,
    practice: Practice,
    user: Subject,
    switches: tuple[tuple[str, str], ...],
    whole: bool,
    by: Terms,
) -> None:
    """Show USER's access sheet in PRACTICE, after setting SWITCHES such as chart_notes=all."""
    given = mapping(switches, "the command")
    with opened() as service:
        if not given and not whole:
            found = member(service, practice, user)
            facts = {"user": user.id, "access": asdict(found.sheet), "revision": found.revision}
            printer.answer(facts, *_sheet(found.sheet))
            return
        if whole:
            outcome = service.access.put(by, practice, user, sheets.changed(None, given))
        else:
            outcome = service.access.patch(by, practice, user, sheets.read(given))
    sheet = outcome.answer
    assert isinstance(sheet, AccessSheet)  # noqa: S101  # what the use case answers with
    tell(printer, outcome, {"user": user.id, "access": asdict(sheet)}, *_sheet(sheet))


@click.command()
@_practice
@_user
@click.option("--cosigner", type=UserName(or_none=True), help="Who co-signs USER's notes; `none` for nobody.")
@click.option(
    "--supervisor", type=UserName(or_none=True), help="Whose credentials USER's claims bear; `none` for nobody."
)
@writes
@with_json
@click.pass_obj
def links(
    printer: Printer,
    practice: Practice,
    user: Subject,
    cosigner: Subject | str | None,
    supervisor: Subject | str | None,
    by: Terms,
) -> None:
    """Show USER's co-signer and supervisor in PRACTICE, after setting those given."""
    if cosigner or supervisor:
        _edit(printer, practice, user, Details(cosigner=_link(cosigner), supervisor=_link(supervisor)), by)
        return
    with opened() as service:
        show_member(printer, member(service, practice, user))


@click.command()
@_practice
@_user
@click.argument("seat", type=click.Choice(SEATS))
@writes
@with_json
@click.pass_obj
def seat(printer: Printer, practice: Practice, user: Subject, seat: str, by: Terms) -> None:
    """Give USER the SEAT in PRACTICE; done from here it is confirmed at once."""
    _edit(printer, practice, user, Details(seat=seat), by)


@click.command()
@_practice
@_user
@click.argument("enabled", type=click.Choice(("on", "off")))
@writes
@with_json
@click.pass_obj
def erx(printer: Printer, practice: Practice, user: Subject, enabled: str, by: Terms) -> None:
    """Enable USER for electronic prescribing in PRACTICE, or end that."""
    _edit(printer, practice, user, Details(erx_enabled=enabled == "on"), by)


def _edit(printer: Printer, practice: Practice, user: Subject, given: Details, by: Terms) -> None:
    with opened() as service:
        outcome = service.people.edit(by, practice, user, given)
        tell_member(printer, outcome, member_in(service, outcome.after, user))


def _link(typed: Subject | str | None) -> Subject | Unchanged | None:
    """What was typed as the use case takes it: left out, it stays as it is; `none` is nobody."""
    return UNCHANGED if typed is None else typed if isinstance(typed, Subject) else None


def _sheet(sheet: AccessSheet) -> list[str]:
    return [f"{name:<26} {in_words(value)}" for name, value in asdict(sheet).items()]
