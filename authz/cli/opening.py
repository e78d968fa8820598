"""How a command gets at the service: settings from the environment, services from the composition root."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager

from authz.bootstrap import Services, services
from authz.core.changes import Actor
from authz.core.errors import StoreUnavailable
from authz.managing import Terms
from authz.settings import Settings
from authz.storage import missing_file


def settings() -> Settings:
    """The settings in force; raises BadSettings naming every bad one."""
    return Settings.from_environment(os.environ)


def existing(asked: Settings) -> Settings:
    """The settings, if what they name as database can be there; raises StoreUnavailable for a file that is missing."""
    missing = missing_file(asked.database_url)
    if missing is not None:
        raise StoreUnavailable(
            f"there is no database at {missing}; AUTHZ_DATABASE_URL names another, `authz db upgrade` makes this one"
        )
    return asked


@contextmanager
def opened() -> Iterator[Services]:
    """The services on the database that the settings name, closed at the end."""
    made = services(existing(settings()))
    try:
        yield made
    finally:
        made.close()


def typed(reason: str = "") -> Terms:
    """A write by whoever typed the command; the audit log names them `cli:` and the account on this machine."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):
        account = f"uid-{os.getuid()}"
    return Terms(Actor(subject=f"cli:{account}", via="cli"), reason)
