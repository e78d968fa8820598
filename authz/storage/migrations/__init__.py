"""The schema's history, packaged so that an installed service can bring its database up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from authz.core.errors import StoreUnavailable
from authz.storage.connecting import Database

HEAD: Final = "0005"
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(827345519)")  # any number that nobody else locks


def migrate(database: Database) -> None:
    """Runs what is missing in one transaction; raises StoreUnavailable where that cannot be done."""
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(_ONE_AT_A_TIME)
        try:
            command.upgrade(configuration(connection), "head")
        except CommandError as error:
            raise StoreUnavailable(f"the schema cannot be brought up to date: {error}") from error


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings for commands over this connection, or over the database that AUTHZ_DATABASE_URL names."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
