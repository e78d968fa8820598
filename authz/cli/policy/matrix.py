"""`authz policy matrix`: who may what, as a table, for a spreadsheet, or as one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from authz.cli.arguments import PracticeName
from authz.cli.new_file import newly_written
from authz.cli.opening import opened
from authz.cli.printing import Printer, with_json
from authz.core.names import INSTALLATION, Practice
from authz.reviewing.access_review import Review
from authz.reviewing.page import as_page
from authz.reviewing.review_tables import (
    as_csv,
    as_plain,
    narrowed,
    plain_changes,
    plain_holding,
    plain_rule,
    rules_as_csv,
)

_HOLDINGS = ("subject", "role", "state", "granted_at", "granted_by", "expires_at", "last_used")
_RULES = ("role", "effect", "resource", "action", "words", "source")
_CHANGES = ("who", "change", "resource", "action", "words")


@click.command()
@click.argument("practice", type=PracticeName(or_installation=True), default=INSTALLATION.id)
@click.option("--role", default="", help="Only this role.")
@click.option("--person", default="", help="Only this one, as user:lee.")
@click.option("--resource", default="", help="Only this type of resource.")
@click.option("--csv", "people", is_flag=True, help="Who holds what, for a spreadsheet.")
@click.option("--csv-roles", "roles", is_flag=True, help="What the roles allow, for a spreadsheet.")
@click.option("--html", type=click.Path(path_type=Path), help="All of it as one page in this file, which must be new.")
@with_json
@click.pass_obj
def matrix(
    printer: Printer,
    /,
    practice: Practice,
    role: str,
    person: str,
    resource: str,
    people: bool,
    roles: bool,
    html: Path | None,
) -> None:
    """Show what the roles of PRACTICE allow, who holds them, since when, from whom, and when they were last used.

    Without PRACTICE, the roles that ship and who holds one in the whole installation.
    """
    if people + roles + (html is not None) > 1:
        raise click.UsageError("of --csv, --csv-roles and --html only one can be given")
    with opened() as service:
        review = narrowed(service.reviewing.review(practice), role=role, subject=person, resource=resource)
    if html is not None:
        with newly_written(html) as write:
            write(as_page(review).encode())
        printer.answer({"page": str(html), "revision": review.revision}, f"written to {html}")
    elif people or roles:
        click.echo((as_csv(review.holdings) if people else rules_as_csv(review.rules)).encode(), nl=False)
    elif printer.json:
        printer.facts(as_plain(review))
    else:
        _show(printer, review)


def _show(printer: Printer, review: Review) -> None:
    rules = [{"role": role, **plain_rule(rule)} for role, listed in review.rules.items() for rule in listed]
    owner = f", owned by {review.owner}" if review.owner else ""
    click.echo(f"{review.practice}, revision {review.revision}{owner}\n\nwhat the roles allow")
    printer.table("rules", rules, _RULES, empty="nothing")
    click.echo("\nwho holds them")
    printer.table("holdings", [*map(plain_holding, review.holdings)], _HOLDINGS, empty="nobody")
    if review.last:
        click.echo(f"\nwhat has changed since {review.last.by} signed revision {review.last.revision}")
        changes = plain_changes(review.since)
        people = changes["people"]
        assert isinstance(people, list)  # noqa: S101  # made above
        _changes(printer, people, str(changes.get("untold", "")))


def _changes(printer: Printer, people: Sequence[Mapping[str, object]], untold: str) -> None:
    if untold:
        click.echo(untold)
    else:
        printer.table("changes", people, _CHANGES, empty="no one has gained or lost anything")
