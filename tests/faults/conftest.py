"""A world that a fault may befall, in each kind of database."""

from __future__ import annotations

from tests.currency.conftest import apart

__all__ = ["apart"]
