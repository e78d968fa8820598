"""A folder of grids that may be spoilt."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from authz.policies.shipped import GRIDS, shipped
from tests.cli.conftest import Said

Typed = Callable[..., Said]
HEAD = "resource: patient\ncases:\n"


@dataclass(frozen=True)
class Folder:
    """Grids in files; none yet but those that were put there."""

    path: Path

    def put(self, name: str, text: str | bytes) -> Path:
        """A file of this name."""
        file = self.path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def copy(self, *names: str) -> None:
        """The grids of these names that ship."""
        for name in names:
            shutil.copy(shipped(GRIDS) / name, self.path / name)
