"""Policy rows that name no practice there is: no snapshot loads them, so they are looked for apart."""

from __future__ import annotations

from sqlalchemy import Connection, and_, or_, select

from authz.core.policy import BadRow
from authz.storage.tables import FIELDS, casbin_rule, practices


def read(connection: Connection, limit: int) -> list[BadRow]:
    """At most `limit` such rows, in the order of their ids. None of them has any effect."""
    known = select(practices.c.id)
    row = casbin_rule.c
    named_by_rule = and_(row.ptype != "g", row.v1.in_(known))
    named_by_grant = and_(row.ptype != "p", row.v2.in_(known))
    fields = (row[field] for field in FIELDS)
    wanted = select(row.id, row.ptype, *fields).where(~or_(named_by_rule, named_by_grant)).order_by(row.id).limit(limit)
    return [
        BadRow(id, tuple(map(str, shown)), "the row names no practice there is", may_deny=False)
        for id, *shown in connection.execute(wanted)
    ]
