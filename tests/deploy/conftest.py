"""What the tests of deployment share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from authz import storage


@pytest.fixture
def migrated(tmp_path: Path) -> dict[str, str]:
    """An environment whose database is new and has the current schema."""
    url = f"sqlite:///{tmp_path}/authz.db"
    storage.upgrade(url)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AUTHZ_")}
    return {**clean, "AUTHZ_DATABASE_URL": url, "AUTHZ_WORKERS": "1"}
