"""Many who write in one practice at once each get through, without having to try again themselves."""

from __future__ import annotations

from contextlib import ExitStack, closing

from authz.bootstrap import Services, services
from authz.core.names import Subject
from authz.settings import Settings
from tests.managing.conftest import NORTH, by
from tests.storage.test_concurrency import together

INSTANCES, WRITERS, EACH = 2, 8, 12


def test_none_of_many_writers_is_refused_for_what_another_wrote(practice: Services) -> None:
    before = practice.store.revision(NORTH)
    with ExitStack() as stack:
        opened = [services(Settings(database_url=practice.settings.database_url)) for _ in range(INSTANCES)]
        made = [stack.enter_context(closing(one)) for one in opened]

        def writer(number: int) -> None:
            for turn in range(EACH):
                subject = Subject("service", f"s{number}.{turn}")
                made[number % INSTANCES].grants.grant(by("omar"), NORTH, subject, "inventory-adjuster")

        together(lambda number=number: writer(number) for number in range(WRITERS))
    held = {grant.subject for grant in practice.store.snapshot(NORTH).grants if grant.role == "inventory-adjuster"}
    assert len(held) == WRITERS * EACH
    assert practice.store.revision(NORTH) == before + WRITERS * EACH
    assert practice.store.audit_check(NORTH).broken == ()
