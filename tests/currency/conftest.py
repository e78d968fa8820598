"""A world of a test's own in each kind of database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.conftest import World, world_in


@pytest.fixture
def apart(database_url: str) -> Iterator[World]:
    """A world that a test may change; the test runs once on each kind of database."""
    with world_in(database_url) as made:
        yield made
