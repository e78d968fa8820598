"""`authz practices` and `authz seats`: the practices themselves, their settings, their owners, what they cost."""

from __future__ import annotations

import click

from authz.cli.arguments import PracticeName, UserName
from authz.cli.opening import opened
from authz.cli.printing import Printer, in_words, with_json
from authz.cli.rows import row_of
from authz.cli.writing import tell, writes
from authz.core.names import Practice, Subject
from authz.managing import Outcome, Terms
from authz.managing.seats import asked_for
from authz.policies.seats import bill
from authz.policies.switches import BLANK_LEVELS

_practice = click.argument("practice", type=PracticeName())


@click.group()
def practices() -> None:
    """The practices of this installation."""


@practices.command("list")
@with_json
@click.pass_obj
def list_(printer: Printer) -> None:
    """List all practices."""
    with opened() as service:
        rows = [{**row_of(settings), "revision": revision} for settings, revision in service.store.listed_practices()]
    printer.table("practices", rows, ("practice", "name", "owner", "blank_erx_level", "revision"), "no practices")


@practices.command()
@_practice
@with_json
@click.pass_obj
def show(printer: Printer, practice: Practice) -> None:
    """Show the settings of PRACTICE."""
    with opened() as service:
        found = service.store.snapshot(practice)
    facts = {**row_of(found.settings), "revision": found.revision}
    printer.answer(facts, *(f"{name.replace('_', ' '):<16} {in_words(value)}" for name, value in facts.items()))


@practices.command("open")
@_practice
@click.argument("name")
@click.argument("email")
@click.argument("owner")
@click.option("--id", "user", type=UserName(), help="The owner's id, for ever; made up if left out.")
@writes
@with_json
@click.pass_obj
def open_(
    printer: Printer, practice: Practice, name: str, email: str, owner: str, user: Subject | None, by: Terms
) -> None:
    """Open PRACTICE, called NAME, with the person OWNER at the address EMAIL as its owner and first admin."""
    with opened() as service:
        _tell(printer, service.practices.open(by, practice, name, user.id if user else None, email, owner))


@practices.command("set")
@_practice
@click.option("--name", help="What people call it.")
@click.option("--blank-erx-level", type=click.Choice(BLANK_LEVELS), help="What an eRx level left blank means.")
@click.option("--explain/--no-explain", default=None, help="Whether AuthZEN answers tell reasons unasked.")
@click.option(
    "--supplied",
    multiple=True,
    metavar="TYPE=A,B",
    help="Which attributes of a resource type callers may state; again for each type, in place of all that was set.",
)
@click.option("--supplied-all", is_flag=True, help="Callers may state all attributes again, but the subject's.")
@writes
@with_json
@click.pass_obj
def set_(
    printer: Printer,
    practice: Practice,
    name: str | None,
    blank_erx_level: str | None,
    explain: bool | None,
    supplied: tuple[str, ...],
    supplied_all: bool,
    by: Terms,
) -> None:
    """Change the settings of PRACTICE; those left out stay."""
    stated = {type: [n for n in names.split(",") if n] for type, _, names in (one.partition("=") for one in supplied)}
    with opened() as service:
        outcome = service.practices.set_up(
            by,
            practice,
            name=name,
            blank_erx_level=blank_erx_level,
            explain=explain,
            supplied=stated if stated or supplied_all else None,
        )
        _tell(printer, outcome)


@practices.command()
@_practice
@click.argument("owner", type=UserName())
@writes
@with_json
@click.pass_obj
def owner(printer: Printer, practice: Practice, owner: Subject, by: Terms) -> None:
    """Hand PRACTICE over to OWNER, who must be one of its active admins."""
    with opened() as service:
        _tell(printer, service.practices.hand_over(by, practice, owner))


@click.command()
@_practice
@with_json
@click.pass_obj
def seats(printer: Printer, practice: Practice) -> None:
    """Count the seats of active people in PRACTICE and what they cost a month."""
    with opened() as service:
        found = bill(service.store.snapshot(practice), asked_for(service.store, practice))
    rows = [row_of(line) for line in found.lines]
    if printer.json:
        printer.facts({"items": rows, "total_monthly": found.total, "currency": found.currency})
        return
    printer.table("items", rows, ("seat", "count", "waiting", "denied", "unit_price", "monthly"), "no seats")
    printer.answer({}, f"{found.total} {found.currency} a month")


def _tell(printer: Printer, outcome: Outcome) -> None:
    settings = outcome.after.settings
    line = f"{settings.practice} is `{settings.name}`, owned by {settings.owner}"
    tell(printer, outcome, row_of(settings), f"{line}; a blank eRx level means {settings.blank_erx_level}")
