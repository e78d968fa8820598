"""What each change did to the policy, kept and sealed with its event; and when roles were last used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _name(length: int = 110) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Gives events their new column, empty for those that are there, and makes an empty table."""
    op.add_column("audit_events", sa.Column("state", sa.Text(), nullable=True))
    op.create_table(
        "uses",
        sa.Column("practice", _name(63), nullable=False),
        sa.Column("subject", _name(), nullable=False),
        sa.Column("role", _name(100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("practice", "subject", "role", name=op.f("pk_uses")),
    )


def downgrade() -> None:
    """Drops both."""
    op.drop_table("uses")
    op.drop_column("audit_events", "state")
