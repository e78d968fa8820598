"""The grids that ship, by resource type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from authz.policies import VOCABULARY
from authz.reviewing.grids import Grid, read_grid
from tests.policies.cast import CAST

FOLDER: Final = Path(__file__).parent
TYPES: Final = sorted(VOCABULARY.types)


@cache
def grid(resource: str) -> Grid:
    """A resource type's grid."""
    return read_grid(FOLDER / f"{resource}.yaml", CAST)


def spread(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each asker that a key names: `lee, kim`, or a group such as `members`."""
    for names, value in told.items():
        for asker in CAST.named(names):
            yield asker, value
