"""The tables; the migrations make them, and a test holds the two against each other."""

from __future__ import annotations

from datetime import datetime
from typing import Final, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    column,
    false,
    table,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from authz.storage.moments import Moment

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def name(length: int = 110) -> String:
    """A name of ours, ordered byte by byte in both databases: the order of a list must not depend on a locale."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


# SQLite counts up only in a column that is an INTEGER to the letter.
_NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")

practices: Final = Table(
    "practices",
    metadata,
    Column("id", name(63), primary_key=True),  # the row `*` is the installation
    Column("name", String(200), nullable=False),
    Column("owner", name()),
    Column("blank_erx_level", String(100), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("explain", Boolean, nullable=False, server_default=false()),
    Column("supplied", Text, nullable=False, server_default="{}"),  # canonical JSON: attributes by resource type
    Column("registry_at", BigInteger, nullable=False, server_default="0"),  # the revision of its last change
    Column("registered", Text, nullable=False, server_default="[]"),  # canonical JSON: types that ever stood in it
    Column("audit_events", BigInteger, nullable=False, server_default="0"),  # how many there are, and the last's hash:
    Column("audit_head", String(64), nullable=False, server_default="0" * 64),  # a record cut short shows
)

people: Final = Table(
    "people",
    metadata,
    Column("subject", name(), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("home", name(63), ForeignKey("practices.id"), index=True),
    Column("active", Boolean, nullable=False),
    Column("sessions_from", Moment),
    Column("phone", String(200), nullable=False),
    Column("reply_to", String(200), nullable=False),
)

# E-mail addresses and aliases of all people: `folded` is what is compared, so each address has one owner at most.
addresses: Final = Table(
    "addresses",
    metadata,
    Column("folded", String(1000), primary_key=True),
    Column("person", name(), ForeignKey("people.subject"), nullable=False),
    Column("position", Integer, nullable=False),  # 0 is the e-mail, the others are aliases
    Column("written", String(320), nullable=False),
    UniqueConstraint("person", "position"),
)

memberships: Final = Table(
    "memberships",
    metadata,
    Column("practice", name(63), ForeignKey("practices.id"), primary_key=True),
    Column("user", name(), ForeignKey("people.subject"), primary_key=True, index=True),
    Column("active", Boolean, nullable=False),
    Column("seat", String(100), nullable=False),
    Column("seat_confirmed", Boolean, nullable=False),
    Column("supervisor", name()),
    Column("cosigner", name()),
    Column("others_can_edit_my_charts", Boolean, nullable=False),
    Column("erx_enabled", Boolean, nullable=False),
    Column("sessions_from", Moment),
)

# Whom a change concerns, for the last few of each practice; the one that says "nobody" has an empty subject.
concerned: Final = Table(
    "concerned",
    metadata,
    Column("practice", name(63), ForeignKey("practices.id"), primary_key=True),
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("subject", name(), primary_key=True),
)

# What is registered of a practice's resources. `attributes` is canonical JSON.
resources: Final = Table(
    "resources",
    metadata,
    Column("practice", name(63), ForeignKey("practices.id"), primary_key=True),
    Column("type", name(100), primary_key=True),
    Column("id", name(200), primary_key=True),
    Column("attributes", Text, nullable=False),
)

# When the roles of subjects last said yes. No answer depends on it, and no revision.
uses: Final = Table(
    "uses",
    metadata,
    Column("practice", name(63), primary_key=True),
    Column("subject", name(), primary_key=True),
    Column("role", name(100), primary_key=True),
    Column("at", Moment, nullable=False),
)

# What this installation signs with and nobody else may know.
secrets: Final = Table(
    "secrets",
    metadata,
    Column("name", name(100), primary_key=True),
    Column("value", String(64), nullable=False),
)

practice_roles: Final = Table(
    "practice_roles",
    metadata,
    Column("practice", name(63), ForeignKey("practices.id"), primary_key=True),
    Column("id", name(100), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(100), nullable=False),
)

emergencies: Final = Table(
    "emergencies",
    metadata,
    Column("id", name(100), primary_key=True),
    Column("practice", name(63), ForeignKey("practices.id"), nullable=False, index=True),
    Column("user", name(), ForeignKey("people.subject"), nullable=False),
    Column("patient", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("reviewed_by", name()),
    Column("reviewed_at", Moment),
)

access_requests: Final = Table(
    "access_requests",
    metadata,
    Column("id", name(100), primary_key=True),
    Column("practice", name(63), ForeignKey("practices.id"), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("user", name(), ForeignKey("people.subject"), nullable=False),
    Column("asked_by", String(300), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("seat", String(100), nullable=False),
    Column("state", String(100), nullable=False),
    Column("decided_by", String(300), nullable=False),
    Column("decided_at", Moment),
    Column("decision_reason", Text, nullable=False),
    Index(None, "practice", "state"),
)

api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("id", name(100), primary_key=True),
    Column("subject", name(), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("label", String(200), nullable=False),
    Column("created_by", String(300), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("practice", name(63), ForeignKey("practices.id")),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
)

audit_events: Final = Table(
    "audit_events",
    metadata,
    Column("practice", name(63), ForeignKey("practices.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("actor", String(300), nullable=False),
    Column("via", String(300), nullable=False),
    Column("request_id", String(300), nullable=False),
    Column("action", String(200), nullable=False),
    Column("target", String(300), nullable=False),
    Column("before", Text, nullable=False),  # canonical JSON, as it was hashed
    Column("after", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text),  # canonical JSON: what the change did to the policy, told with its last event
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)


class Base(DeclarativeBase):
    """What SQLAlchemy needs above the one mapped class."""

    metadata = metadata


class CasbinRule(Base):
    """Casbin's table as its adapter knows it, with a unique constraint and with what else a grant has.

    A `p` row belongs to the practice in `v1`, a `g` row to the one in `v2`; an index on each loads one practice.
    """

    __tablename__ = "casbin_rule"
    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    ptype: Mapped[str] = mapped_column(name(255), server_default="")
    v0: Mapped[str] = mapped_column(name(255), server_default="")
    v1: Mapped[str] = mapped_column(name(255), server_default="")
    v2: Mapped[str] = mapped_column(name(255), server_default="")
    v3: Mapped[str] = mapped_column(name(255), server_default="")
    v4: Mapped[str] = mapped_column(name(1000), server_default="")
    v5: Mapped[str] = mapped_column(name(255), server_default="")
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    granted_by: Mapped[str] = mapped_column(String(300), server_default="")
    granted_at: Mapped[datetime | None] = mapped_column(Moment)
    origin: Mapped[str] = mapped_column(String(300), server_default="")

    __table_args__ = (
        UniqueConstraint("ptype", "v0", "v1", "v2", "v3", "v4", "v5"),
        Index("ix_casbin_rule_rules", "v1", sqlite_where=text("ptype <> 'g'"), postgresql_where=text("ptype <> 'g'")),
        Index("ix_casbin_rule_grants", "v2", sqlite_where=text("ptype <> 'p'"), postgresql_where=text("ptype <> 'p'")),
    )


casbin_rule: Final = cast("Table", CasbinRule.__table__)
schema_version: Final = table("alembic_version", column("version_num"))  # Alembic's own
FIELDS: Final = ("v0", "v1", "v2", "v3", "v4", "v5")
