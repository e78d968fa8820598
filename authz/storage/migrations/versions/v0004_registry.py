"""The registry of resources, what callers may say of them, and the secrets that pages are signed with."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _name(length: int = 110) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the tables, empty but for the secret, and gives practices their new columns."""
    op.create_table(
        "resources",
        sa.Column("practice", _name(63), nullable=False),
        sa.Column("type", _name(100), nullable=False),
        sa.Column("id", _name(200), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("practice", "type", "id", name=op.f("pk_resources")),
        sa.ForeignKeyConstraint(["practice"], ["practices.id"], name=op.f("fk_resources_practice")),
    )
    made = op.create_table(
        "secrets",
        sa.Column("name", _name(100), nullable=False),
        sa.Column("value", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
    )
    op.bulk_insert(made, [{"name": "page_tokens", "value": secrets.token_hex(32)}])
    op.add_column("practices", sa.Column("explain", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("practices", sa.Column("supplied", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("practices", sa.Column("registry_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("practices", sa.Column("registered", sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Drops what was made."""
    for column in ("registered", "registry_at", "supplied", "explain"):
        op.drop_column("practices", column)
    op.drop_table("secrets")
    op.drop_table("resources")
