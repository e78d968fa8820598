"""Alembic's way in: over the connection that `migrations.configuration` was given, or AUTHZ_DATABASE_URL's."""

from __future__ import annotations

import os
from contextlib import closing

from alembic import context
from sqlalchemy import Connection

from authz import storage
from authz.storage.tables import metadata


def run(connection: Connection) -> None:
    """Runs what Alembic was asked for inside the connection's transaction."""
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with closing(storage.database(os.environ["AUTHZ_DATABASE_URL"])) as database, database.writing() as opened:
        run(opened)
