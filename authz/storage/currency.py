"""How things stand in the database of a URL, told to an event loop at the least cost that this database allows."""

from __future__ import annotations

from typing import Final

from sqlalchemy import make_url

from authz.core.currency import Currency
from authz.storage import database, standing_postgresql, standing_sqlite
from authz.storage.sqlite import file_of

PATIENCE_SECONDS: Final = 2.0


def open_currency(url: str, max_staleness: float = 0.0) -> Currency:
    """The currency of this database, which need not be there yet; connected to when first asked.

    With `max_staleness` changes are listened for, where the database can tell. Raises Invalid as `open_store` does.
    """
    opened = database(url, PATIENCE_SECONDS)
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return standing_sqlite.SqliteCurrency(*file_of(parsed))
    return standing_postgresql.PostgresqlCurrency(opened, PATIENCE_SECONDS, listen=max_staleness > 0)
