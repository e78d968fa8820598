"""The composition root: settings become services, here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from authz.checking import Checker
from authz.checking.referee import Referee
from authz.engine import CasbinEngine, PlainCasbin
from authz.managing import Emergencies, Grants, Keys, Memberships, People, Roles, Seeding
from authz.policies.shipped import shipped
from authz.settings import Settings
from authz.storage import SqlStore, open_store


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a door can call: the read path, the write paths, and the store behind both."""

    settings: Settings
    store: SqlStore
    checker: Checker
    people: People
    memberships: Memberships
    grants: Grants
    roles: Roles
    keys: Keys
    seeding: Seeding
    emergencies: Emergencies

    def close(self) -> None:
        """Gives the connections back; the services answer nothing afterwards."""
        self.checker.close()
        self.store.close()


def services(settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Services:
    """The services that these settings ask for; one set belongs to one process.

    The database need not be there yet: until it is, what needs it raises StoreUnavailable. Raises BadPolicy for a
    model that must not be run.
    """
    store = open_store(settings.database_url)
    model = settings.model or shipped("model.conf")
    referee = Referee(PlainCasbin(model), settings.referee) if settings.referee is not None else None
    return Services(
        settings=settings,
        store=store,
        checker=Checker(store, CasbinEngine(model), clock, settings.practices_in_memory, referee),
        people=People(store, clock),
        memberships=Memberships(store, clock),
        grants=Grants(store, clock),
        roles=Roles(store, clock),
        keys=Keys(store, clock),
        seeding=Seeding(store),
        emergencies=Emergencies(store, clock),
    )
