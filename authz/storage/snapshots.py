"""A practice's snapshot, put together from a handful of statements inside one transaction."""

from __future__ import annotations

from sqlalchemy import Connection, and_, not_, or_, select

from authz.core.errors import NotFound
from authz.core.names import INSTALLATION, Practice
from authz.core.people import Emergency
from authz.core.policy import Snapshot
from authz.storage import people
from authz.storage.adapter import PracticeAdapter
from authz.storage.records import emergency_of, membership_of, registry_of, settings_of
from authz.storage.tables import emergencies, memberships, practices


def read(connection: Connection, practice: Practice) -> Snapshot:
    """All about the practice as this transaction sees it; NotFound if it is unknown.

    The number of statements is the same for every practice, and none looks at another practice's rows.
    """
    row = connection.execute(select(practices).where(practices.c.id == practice.id)).mappings().first()
    if row is None:
        raise NotFound("practice", practice.id)
    policy = PracticeAdapter(connection, practice).read()
    mine = connection.execute(select(memberships).where(memberships.c.practice == practice.id)).mappings().all()
    members = {membership.user: membership for membership in map(membership_of, mine)}
    outside = {grant.subject for grant in policy.grants if grant.practice == INSTALLATION} - members.keys()
    return Snapshot(
        practice=practice,
        revision=row["revision"],
        settings=settings_of(row),
        rules=policy.rules,
        grants=policy.grants,
        people=people.find(connection, people.members_of(practice))
        | people.find(connection, sorted(map(str, outside))),
        memberships=members,
        emergencies=_emergencies(connection, practice),
        bad_rows=policy.bad,
        registry=registry_of(row),
    )


def _emergencies(connection: Connection, practice: Practice) -> tuple[Emergency, ...]:
    """Those that may still allow something or wait for a review; settled ones would pile up for years."""
    over = or_(emergencies.c.ended_at.is_not(None), emergencies.c.reviewed_at >= emergencies.c.until)
    settled = and_(emergencies.c.reviewed_at.is_not(None), over)
    wanted = (
        select(emergencies)
        .where(emergencies.c.practice == practice.id, not_(settled))
        .order_by(emergencies.c.started_at, emergencies.c.id)
    )
    return tuple(emergency_of(row) for row in connection.execute(wanted).mappings())
