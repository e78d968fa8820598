"""Moments as everything tells them: in UTC, ISO 8601, with `Z` at the end."""

from __future__ import annotations

from datetime import UTC, datetime


def told(at: datetime) -> str:
    """`2026-11-23T08:00:00Z`, with microseconds if there are some."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
