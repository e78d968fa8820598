"""What each change did to the policy, kept and sealed with its event, so that earlier states can be told again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Gives events their new column, empty for those that are there."""
    op.add_column("audit_events", sa.Column("state", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drops it."""
    op.drop_column("audit_events", "state")
