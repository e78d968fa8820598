"""The roles that a practice made for itself, with the rules stored for each."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, select

from authz.core.changes import PracticeRole
from authz.core.names import Practice
from authz.core.policy import Rule
from authz.storage.adapter import PracticeAdapter
from authz.storage.tables import practice_roles


def read(connection: Connection, practice: Practice) -> list[PracticeRole]:
    """The practice's roles in order of their ids; rules that cannot be read are set aside as in a snapshot."""
    rules: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in PracticeAdapter(connection, practice).own_rules():
        rules[rule.role].append(rule)
    listed = select(practice_roles).where(practice_roles.c.practice == practice.id).order_by(practice_roles.c.id)
    return [
        PracticeRole(practice, row["id"], row["name"], row["kind"], tuple(rules[row["id"]]))
        for row in connection.execute(listed).mappings()
    ]
