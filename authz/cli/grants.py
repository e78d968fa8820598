"""`authz grant`, `authz revoke` and `authz grants`: who holds which role where."""

from __future__ import annotations

from datetime import datetime

import click

from authz.cli.arguments import Moment, PracticeName, RoleName, SubjectName
from authz.cli.opening import opened
from authz.cli.printing import Printer, with_json
from authz.cli.rows import row_of
from authz.cli.writing import tell, writes
from authz.core.moments import told
from authz.core.names import INSTALLATION, Practice, Subject
from authz.managing import Terms, filters

_WHERE = PracticeName(or_installation=True)


@click.command()
@click.argument("practice", type=_WHERE)
@click.argument("subject", type=SubjectName())
@click.argument("role", type=RoleName())
@click.option("--until", type=Moment(), help="When the grant ends: a date and time with offset, or 90d, 8h from now.")
@writes
@with_json
@click.pass_obj
def grant(printer: Printer, practice: Practice, subject: Subject, role: str, until: datetime | None, by: Terms) -> None:
    """Give SUBJECT the ROLE in PRACTICE, or in the whole installation where PRACTICE is '*' (quote it)."""
    with opened() as service:
        outcome = service.grants.grant(by, practice, subject, role, expires_at=until)
    facts = {**_facts(practice, subject, role), "expires_at": told(until) if until else None}
    line = f"{subject} holds {role} {_where(practice)}" + (f" until {told(until)}" if until else "")
    tell(printer, outcome, facts, line)


@click.command()
@click.argument("practice", type=_WHERE)
@click.argument("subject", type=SubjectName())
@click.argument("role", type=RoleName())
@writes
@with_json
@click.pass_obj
def revoke(printer: Printer, practice: Practice, subject: Subject, role: str, by: Terms) -> None:
    """Take the ROLE in PRACTICE from SUBJECT."""
    with opened() as service:
        outcome = service.grants.revoke(by, practice, subject, role)
    facts = _facts(practice, subject, role)
    line = "no longer holds" if outcome.written else "does not hold"
    tell(printer, outcome, facts, f"{subject} {line} {role} {_where(practice)}")


@click.command()
@click.argument("practice", type=_WHERE)
@click.option("--subject", type=SubjectName(), help="Only those of this subject.")
@click.option("--role", type=RoleName(), help="Only those of this role.")
@with_json
@click.pass_obj
def grants(printer: Printer, practice: Practice, subject: Subject | None, role: str | None) -> None:
    """List the grants in PRACTICE, or in the whole installation where it is '*', expired ones included."""
    with opened() as service:
        snapshot, now = service.store.snapshot(practice), service.now()
        own = [defined.id for defined in service.store.roles(practice)]
    filters.grants_wanted(snapshot, own, subject, role).settle()
    found = [one for one in snapshot.grants if one.practice == practice]
    rows = [
        {**row_of(one), "in_force": one.in_force(now)}
        for one in sorted(found, key=lambda one: (one.subject, one.role))
        if subject in (None, one.subject) and role in (None, one.role)
    ]
    columns = ("subject", "role", "granted_by", "granted_at", "expires_at", "in_force")
    printer.table("grants", rows, columns, empty="no grants")


def _facts(practice: Practice, subject: Subject, role: str) -> dict[str, object]:
    return {"practice": practice.id, "subject": str(subject), "role": role}


def _where(practice: Practice) -> str:
    return "in the whole installation" if practice == INSTALLATION else f"in {practice}"
