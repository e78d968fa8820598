"""`authz grant` and `authz revoke`: who holds which role where."""

from __future__ import annotations

from datetime import datetime

import click

from authz.cli.arguments import Moment, PracticeName, RoleName, SubjectName
from authz.cli.opening import opened, typed
from authz.cli.printing import Printer, with_json
from authz.core.names import INSTALLATION, Practice, Subject

_WHERE = PracticeName(or_installation=True)


@click.command()
@click.argument("practice", type=_WHERE)
@click.argument("subject", type=SubjectName())
@click.argument("role", type=RoleName())
@click.option("--until", type=Moment(), help="When the grant ends: a date and time with offset, or 90d, 8h from now.")
@click.option("--reason", default="", help="Why; kept in the audit log.")
@with_json
@click.pass_obj
def grant(
    printer: Printer, practice: Practice, subject: Subject, role: str, until: datetime | None, reason: str
) -> None:
    """Give SUBJECT the ROLE in PRACTICE, or in the whole installation where PRACTICE is '*' (quote it)."""
    with opened() as service:
        revision = service.grants.grant(typed(reason), practice, subject, role, expires_at=until).revision
    facts = {**_facts(practice, subject, role, revision), "expires_at": until.isoformat() if until else None}
    printer.answer(
        facts, f"{subject} holds {role} {_where(practice)}" + (f" until {until.isoformat()}" if until else "")
    )


@click.command()
@click.argument("practice", type=_WHERE)
@click.argument("subject", type=SubjectName())
@click.argument("role", type=RoleName())
@click.option("--reason", default="", help="Why; kept in the audit log.")
@with_json
@click.pass_obj
def revoke(printer: Printer, practice: Practice, subject: Subject, role: str, reason: str) -> None:
    """Take the ROLE in PRACTICE from SUBJECT."""
    with opened() as service:
        revision = service.grants.revoke(typed(reason), practice, subject, role).revision
    printer.answer(_facts(practice, subject, role, revision), f"{subject} does not hold {role} {_where(practice)}")


def _facts(practice: Practice, subject: Subject, role: str, revision: int) -> dict[str, object]:
    return {"practice": practice.id, "subject": str(subject), "role": role, "revision": revision}


def _where(practice: Practice) -> str:
    return "in the whole installation" if practice == INSTALLATION else f"in {practice}"
