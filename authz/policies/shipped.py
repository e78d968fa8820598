"""Where the shipped model and roles lie: inside an installed package, or at the top of a source tree."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """The file `model.conf` or `policy_seed.csv`; raises FileNotFoundError."""
    for folder in (_PACKAGE / "shipped", _PACKAGE.parent):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"`{name}` is neither in the package nor at the top of the source tree")
