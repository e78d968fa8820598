"""Practices kept in memory: the part of a store that a checker asks, for grids that need no database."""

from __future__ import annotations

from collections.abc import Mapping

from authz.core.errors import NotFound
from authz.core.names import Practice
from authz.core.policy import Snapshot


class Practices:
    """Some practices as of one moment; they never change."""

    def __init__(self, snapshots: Mapping[Practice, Snapshot]) -> None:
        self._snapshots = dict(snapshots)

    def revision(self, practice: Practice) -> int:
        """The practice's revision; NotFound if it is none of these."""
        return self.snapshot(practice).revision

    def snapshot(self, practice: Practice) -> Snapshot:
        """Everything about the practice; NotFound if it is none of these."""
        if practice not in self._snapshots:
            raise NotFound("practice", practice.id)
        return self._snapshots[practice]
