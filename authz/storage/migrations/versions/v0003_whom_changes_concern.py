"""Whom each of a practice's last changes concerns, so that they alone need to be read again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _name(length: int = 110) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the table, empty: what changed before is read whole."""
    op.create_table(
        "concerned",
        sa.Column("practice", _name(63), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", _name(), nullable=False),
        sa.PrimaryKeyConstraint("practice", "revision", "subject", name=op.f("pk_concerned")),
        sa.ForeignKeyConstraint(["practice"], ["practices.id"], name=op.f("fk_concerned_practice")),
    )


def downgrade() -> None:
    """Drops the table."""
    op.drop_table("concerned")
