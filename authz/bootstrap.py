"""The composition root: settings become services, here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from authz.checking import Checker
from authz.checking.referee import Referee
from authz.counting import Counts, counts
from authz.decision_log import DecisionLog, open_log
from authz.engine import CasbinEngine, PlainCasbin
from authz.managing import (
    Access,
    Desk,
    Emergencies,
    Grants,
    Keys,
    Memberships,
    People,
    Practices,
    Registry,
    Requests,
    Roles,
    Seeding,
)
from authz.policies.shipped import shipped
from authz.reviewing.access_review import Reviewing
from authz.reviewing.explaining import Explaining
from authz.settings import Settings
from authz.storage import SqlStore, open_store


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a door can call: the read path, the write paths, and the store behind both."""

    settings: Settings
    store: SqlStore
    engine: CasbinEngine
    now: Callable[[], datetime]
    checker: Checker
    decision_log: DecisionLog
    counts: Counts
    practices: Practices
    people: People
    access: Access
    memberships: Memberships
    grants: Grants
    roles: Roles
    requests: Requests
    emergencies: Emergencies
    keys: Keys
    registry: Registry
    seeding: Seeding
    explaining: Explaining
    reviewing: Reviewing

    def close(self) -> None:
        """Gives the connections back; the services answer nothing afterwards."""
        self.decision_log.close()
        self.checker.close()
        self.store.close()


def services(settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Services:
    """The services that these settings ask for; one set belongs to one process.

    The database need not be there yet: until it is, what needs it raises StoreUnavailable. Raises BadPolicy for a
    model that must not be run.
    """
    store = open_store(settings.database_url)
    model = settings.model or shipped("model.conf")
    referee = None
    if settings.referee is not None:
        referee = Referee(PlainCasbin(model), settings.referee, counts().refereed)
    engine = CasbinEngine(model)
    checker = Checker(store, engine, clock, settings.practices_in_memory, referee)
    desk = Desk(store, checker.memory, clock)
    return Services(
        settings=settings,
        store=store,
        engine=engine,
        now=clock,
        checker=checker,
        decision_log=open_log(
            settings.decision_log,
            settings.decision_log_file,
            settings.decision_log_bytes,
            settings.decision_log_files,
            counts(),
        ),
        counts=counts(),
        practices=Practices(desk),
        people=People(desk),
        access=Access(desk),
        memberships=Memberships(desk),
        grants=Grants(desk),
        roles=Roles(desk),
        requests=Requests(desk),
        emergencies=Emergencies(desk),
        keys=Keys(desk),
        registry=Registry(desk),
        seeding=Seeding(desk),
        explaining=Explaining(store, checker.memory, clock),
        reviewing=Reviewing(store, checker.memory, clock),
    )
