"""Requests and emergencies read back, long settled ones included."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from authz.core.names import Practice, Subject
from authz.core.people import AccessRequest, Emergency
from authz.storage.records import emergency_of, request_of
from authz.storage.tables import access_requests, emergencies


def request(connection: Connection, practice: Practice, id: str) -> AccessRequest | None:
    """The request of this id in this practice."""
    mine = access_requests.c.practice == practice.id
    row = connection.execute(select(access_requests).where(mine, access_requests.c.id == id)).mappings().first()
    return None if row is None else request_of(row)


def requests(
    connection: Connection, practice: Practice, state: str, user: Subject | None, asked_by: str, after: str, limit: int
) -> Sequence[AccessRequest]:
    """Requests above `after` in order of their ids; what is left empty does not matter."""
    columns = access_requests.c
    wanted = select(access_requests).where(columns.practice == practice.id, columns.id > after)
    if state:
        wanted = wanted.where(columns.state == state)
    if user is not None:
        wanted = wanted.where(columns.user == str(user))
    if asked_by:
        wanted = wanted.where(columns.asked_by == asked_by)
    return [*map(request_of, connection.execute(wanted.order_by(columns.id).limit(limit)).mappings())]


def emergency(connection: Connection, practice: Practice, id: str) -> Emergency | None:
    """The emergency access of this id in this practice."""
    mine = emergencies.c.practice == practice.id
    row = connection.execute(select(emergencies).where(mine, emergencies.c.id == id)).mappings().first()
    return None if row is None else emergency_of(row)


def all_emergencies(
    connection: Connection, practice: Practice, to_review: bool, after: str, limit: int
) -> Sequence[Emergency]:
    """Emergency accesses above `after` in order of their ids, or only those without a review."""
    wanted = select(emergencies).where(emergencies.c.practice == practice.id, emergencies.c.id > after)
    if to_review:
        wanted = wanted.where(emergencies.c.reviewed_at.is_(None))
    return [*map(emergency_of, connection.execute(wanted.order_by(emergencies.c.id).limit(limit)).mappings())]
