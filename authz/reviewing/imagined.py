"""Practices that nobody stored: the part of a store that a checker asks, for grids that need no database."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from authz.core.errors import NotFound
from authz.core.names import Practice
from authz.core.policy import Snapshot
from authz.core.registry import Attributes, Named


class Imagined:
    """Some practices as of one moment, with what is stored about things in each; they never change."""

    def __init__(
        self,
        snapshots: Mapping[Practice, Snapshot],
        stored: Mapping[Practice, Mapping[Named, Attributes]] | None = None,
    ) -> None:
        self._snapshots = dict(snapshots)
        self._stored = stored or {}

    def revision(self, practice: Practice) -> int:
        """The practice's revision; NotFound if it is none of these."""
        return self.snapshot(practice).revision

    def snapshot(self, practice: Practice) -> Snapshot:
        """Everything about the practice; NotFound if it is none of these."""
        if practice not in self._snapshots:
            raise NotFound("practice", practice.id)
        return self._snapshots[practice]

    def registered(self, practice: Practice, names: Collection[Named]) -> tuple[int, Mapping[Named, Attributes]]:
        """What is stored under those of these names that there are."""
        of = self._stored.get(practice, {})
        return self.snapshot(practice).registry.at, {name: of[name] for name in names if name in of}
