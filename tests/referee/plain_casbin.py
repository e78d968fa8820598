"""Casbin as it comes, with its own role manager and all practices in one enforcer: the second referee."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import casbin
from casbin.persist import Adapter

from authz.engine import holds
from authz.policies.shipped import shipped


class RowsAsTheyAre(Adapter):
    """Loads rows that are held in memory."""

    def __init__(self, rows: Collection[Sequence[str]]) -> None:
        self.rows = rows

    def load_policy(self, model: casbin.model.Model) -> None:
        """Puts every row under its kind."""
        for kind, *fields in self.rows:
            model[kind][kind].policy.append(list(fields))


def plain(rows: Collection[Sequence[str]]) -> casbin.Enforcer:
    """A `casbin.Enforcer` on the shipped model holding these rows."""
    enforcer = casbin.Enforcer(str(shipped("model.conf")), RowsAsTheyAre(rows))
    enforcer.add_function("holds", holds)
    return enforcer
