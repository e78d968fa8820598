"""Where the shipped model, roles and grids lie: inside an installed package, or at the top of a source tree."""

from __future__ import annotations

from pathlib import Path
from typing import Final

GRIDS: Final = "tests/policies"
_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """The file `model.conf` or `policy_seed.csv`, or the folder `GRIDS`; raises FileNotFoundError."""
    for folder in (_PACKAGE / "shipped", _PACKAGE.parent):
        if (folder / name).exists():
            return folder / name
    raise FileNotFoundError(f"`{name}` is neither in the package nor at the top of the source tree")
