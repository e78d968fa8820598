"""Access requests, and the length and last hash of each practice's record."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _name(length: int = 110) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _moment() -> Any:
    return sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def _needed(name: str, type: Any, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, type, nullable=False, **more)


def upgrade() -> None:
    """Makes the table of requests, and works out for each practice what its record ends with."""
    op.create_table(
        "access_requests",
        _needed("id", _name(100)),
        _needed("practice", _name(63)),
        _needed("kind", sa.String(100)),
        _needed("user", _name()),
        _needed("asked_by", sa.String(300)),
        _needed("asked_at", _moment()),
        _needed("reason", sa.Text()),
        _needed("seat", sa.String(100)),
        _needed("state", sa.String(100)),
        _needed("decided_by", sa.String(300)),
        sa.Column("decided_at", _moment()),
        _needed("decision_reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
        sa.ForeignKeyConstraint(["practice"], ["practices.id"], name=op.f("fk_access_requests_practice")),
        sa.ForeignKeyConstraint(["user"], ["people.subject"], name=op.f("fk_access_requests_user")),
    )
    op.create_index(op.f("ix_access_requests_practice_state"), "access_requests", ["practice", "state"])
    op.add_column("practices", _needed("audit_events", sa.BigInteger(), server_default="0"))
    op.add_column("practices", _needed("audit_head", sa.String(64), server_default="0" * 64))
    op.execute(
        """
        UPDATE practices SET
            audit_events = coalesce((SELECT count(*) FROM audit_events e WHERE e.practice = practices.id), 0),
            audit_head = coalesce(
                (SELECT e.hash FROM audit_events e WHERE e.practice = practices.id ORDER BY e.seq DESC LIMIT 1),
                audit_head)
        """
    )


def downgrade() -> None:
    """Records are kept six years, so nothing is dropped."""
    raise NotImplementedError("records are kept; requests are never taken back")
