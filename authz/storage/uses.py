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

_AT_ONCE = 500


def note(connection: Connection, noted: Iterable[tuple[Practice, Subject, str]], at: datetime) -> None:
    """Said yes as late as at this moment; always in one order, so that two who note at once do not wait in a circle."""
    rows = [
        {"practice": practice.id, "subject": str(subject), "role": role, "at": at}
        for practice, subject, role in sorted(noted)
    ]
    made: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    for start in range(0, len(rows), _AT_ONCE):
        statement = made(uses).values(rows[start : start + _AT_ONCE])
        later = statement.excluded.at > uses.c.at
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[*uses.primary_key], set_={"at": statement.excluded.at}, where=later
            )
        )


def read(connection: Connection, practice: Practice) -> Mapping[tuple[Subject, str], datetime]:
    """By subject and role; of the installation, the last time in any practice."""
    wanted = select(uses.c.subject, uses.c.role, func.max(uses.c.at, type_=Moment()).label("at"))
    if practice != INSTALLATION:
        wanted = wanted.where(uses.c.practice == practice.id)
    found = connection.execute(wanted.group_by(uses.c.subject, uses.c.role)).all()
    return {(Subject.parse(row.subject), row.role): row.at for row in found}
