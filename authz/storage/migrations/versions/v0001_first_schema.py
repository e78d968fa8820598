"""The first schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_RULES = sa.text("ptype <> 'g'")
_GRANTS = sa.text("ptype <> 'p'")


def _name(length: int = 110) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _moment() -> Any:
    return sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def _needed(name: str, type: Any, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, type, nullable=False, **more)


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def upgrade() -> None:
    """Makes every table, and the row that stands for the installation."""
    _policy()
    practices = op.create_table(
        "practices",
        _needed("id", _name(63)),
        _needed("name", sa.String(200)),
        sa.Column("owner", _name()),
        _needed("blank_erx_level", sa.String(100)),
        _needed("revision", sa.BigInteger()),
        _primary("practices", "id"),
    )
    _people()
    _the_rest()
    op.bulk_insert(
        practices, [{"id": "*", "name": "the installation", "owner": None, "blank_erx_level": "full", "revision": 0}]
    )


def _policy() -> None:
    op.create_table(
        "casbin_rule",
        _needed("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        *(
            _needed(field, _name(1000 if field == "v4" else 255), server_default="")
            for field in ("ptype", "v0", "v1", "v2", "v3", "v4", "v5")
        ),
        sa.Column("expires_at", _moment()),
        _needed("granted_by", sa.String(300), server_default=""),
        sa.Column("granted_at", _moment()),
        _needed("origin", sa.String(300), server_default=""),
        _primary("casbin_rule", "id"),
        _unique("casbin_rule", "ptype", "v0", "v1", "v2", "v3", "v4", "v5"),
    )
    op.create_index("ix_casbin_rule_rules", "casbin_rule", ["v1"], sqlite_where=_RULES, postgresql_where=_RULES)
    op.create_index("ix_casbin_rule_grants", "casbin_rule", ["v2"], sqlite_where=_GRANTS, postgresql_where=_GRANTS)


def _people() -> None:
    op.create_table(
        "people",
        _needed("subject", _name()),
        _needed("name", sa.String(200)),
        sa.Column("home", _name(63)),
        _needed("active", sa.Boolean()),
        sa.Column("sessions_from", _moment()),
        _needed("phone", sa.String(200)),
        _needed("reply_to", sa.String(200)),
        _primary("people", "subject"),
        _foreign("people", "home", "practices.id"),
    )
    op.create_index(op.f("ix_people_home"), "people", ["home"])
    op.create_table(
        "addresses",
        _needed("folded", sa.String(1000)),
        _needed("person", _name()),
        _needed("position", sa.Integer()),
        _needed("written", sa.String(320)),
        _primary("addresses", "folded"),
        _foreign("addresses", "person", "people.subject"),
        _unique("addresses", "person", "position"),
    )
    op.create_table(
        "memberships",
        _needed("practice", _name(63)),
        _needed("user", _name()),
        _needed("active", sa.Boolean()),
        _needed("seat", sa.String(100)),
        _needed("seat_confirmed", sa.Boolean()),
        sa.Column("supervisor", _name()),
        sa.Column("cosigner", _name()),
        _needed("others_can_edit_my_charts", sa.Boolean()),
        _needed("erx_enabled", sa.Boolean()),
        sa.Column("sessions_from", _moment()),
        _primary("memberships", "practice", "user"),
        _foreign("memberships", "practice", "practices.id"),
        _foreign("memberships", "user", "people.subject"),
    )
    op.create_index(op.f("ix_memberships_user"), "memberships", ["user"])


def _the_rest() -> None:
    op.create_table(
        "practice_roles",
        _needed("practice", _name(63)),
        _needed("id", _name(100)),
        _needed("name", sa.String(200)),
        _needed("kind", sa.String(100)),
        _primary("practice_roles", "practice", "id"),
        _foreign("practice_roles", "practice", "practices.id"),
    )
    op.create_table(
        "emergencies",
        _needed("id", _name(100)),
        _needed("practice", _name(63)),
        _needed("user", _name()),
        _needed("patient", sa.String(200)),
        _needed("reason", sa.Text()),
        _needed("started_at", _moment()),
        _needed("until", _moment()),
        sa.Column("ended_at", _moment()),
        sa.Column("reviewed_by", _name()),
        sa.Column("reviewed_at", _moment()),
        _primary("emergencies", "id"),
        _foreign("emergencies", "practice", "practices.id"),
        _foreign("emergencies", "user", "people.subject"),
    )
    op.create_index(op.f("ix_emergencies_practice"), "emergencies", ["practice"])
    op.create_table(
        "api_keys",
        _needed("id", _name(100)),
        _needed("subject", _name()),
        _needed("hash", sa.String(64)),
        _needed("label", sa.String(200)),
        _needed("created_by", sa.String(300)),
        _needed("created_at", _moment()),
        sa.Column("practice", _name(63)),
        sa.Column("expires_at", _moment()),
        sa.Column("revoked_at", _moment()),
        _primary("api_keys", "id"),
        _foreign("api_keys", "practice", "practices.id"),
        _unique("api_keys", "hash"),
    )
    op.create_table(
        "audit_events",
        _needed("practice", _name(63)),
        _needed("seq", sa.BigInteger(), autoincrement=False),
        _needed("at", _moment()),
        _needed("revision", sa.BigInteger()),
        *(_needed(field, sa.String(300)) for field in ("actor", "via", "request_id")),
        _needed("action", sa.String(200)),
        _needed("target", sa.String(300)),
        *(_needed(field, sa.Text()) for field in ("before", "after", "reason")),
        *(_needed(field, sa.String(64)) for field in ("previous_hash", "hash")),
        _primary("audit_events", "practice", "seq"),
        _foreign("audit_events", "practice", "practices.id"),
    )


def downgrade() -> None:
    """There is nothing before the first schema; records are kept six years, so nothing is dropped."""
    raise NotImplementedError("records are kept; the first schema is never taken back")
