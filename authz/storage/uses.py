"""When the roles that subjects hold were last used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from authz.core.names import INSTALLATION, Practice, Subject
from authz.storage.moments import Moment
from authz.storage.tables import uses


def note(connection: Connection, noted: Iterable[tuple[Practice, Subject, str]], at: datetime) -> None:
    """Said yes as late as at this moment; always in one order, so that two who note at once do not wait in a circle."""
    in_order = sorted((practice.id, str(subject), role) for practice, subject, role in noted)
    rows = [{"practice": practice, "subject": subject, "role": role, "at": at} for practice, subject, role in in_order]
    made: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = made(uses)
    later = {"set_": {"at": statement.excluded.at}, "where": statement.excluded.at > uses.c.at}
    if rows:
        # A list for one statement: to write out a statement with all the rows in it takes many times as long.
        connection.execute(statement.on_conflict_do_update(index_elements=[*uses.primary_key], **later), rows)


def read(connection: Connection, practice: Practice) -> Mapping[tuple[Subject, str], datetime]:
    """By subject and role; of the installation, the last time in any practice."""
    wanted = select(uses.c.subject, uses.c.role, func.max(uses.c.at, type_=Moment()).label("at"))
    if practice != INSTALLATION:
        wanted = wanted.where(uses.c.practice == practice.id)
    found = connection.execute(wanted.group_by(uses.c.subject, uses.c.role)).all()
    return {(Subject.parse(row.subject), row.role): row.at for row in found}
