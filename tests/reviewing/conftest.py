"""What a reviewer looks at: two practices on a fresh database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from authz.bootstrap import Services
from tests.managing.conftest import northside_on


@pytest.fixture
def practice(database_url: str) -> Iterator[Services]:
    """Northside with omar, ana, lee, kim and ray; southside with sadm."""
    with northside_on(database_url) as made:
        yield made
