"""The SQL tables of people and of what they did, in one place; `migrations/` creates them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, MetaData, Table, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()


def _now(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp())


users = Table(
    "users",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True, comment="as it signs in, and as `user:<name>` reads documents"),
    Column("display_name", Text, nullable=False, server_default=""),
    Column("email", Text, nullable=False, server_default=""),
    Column("roles", ARRAY(Text), nullable=False, server_default="{}"),
    Column("password_hash", Text, nullable=False, server_default="", comment="argon2; empty: no sign-in by password"),
    Column("origin", Text, nullable=False, server_default="local", comment="local, or the provider's name"),
    Column("subject", Text, nullable=False, server_default="", comment="who it is to the provider (sub)"),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("deleted", Boolean, nullable=False, server_default="false", comment="kept, so that its tokens stay void"),
    Column("last_seen_at", DateTime(timezone=True), nullable=True),
    _now("created_at"),
    _now("updated_at"),
    Index("ix_users_subject", "tenant", "origin", "subject"),
)

groups = Table(
    "groups",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("description", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False, server_default="true", comment="false: deleted, and taken from tokens"),
    _now("created_at"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("user_name", Text, primary_key=True),
    Column("group_name", Text, primary_key=True),
    Index("ix_memberships_group", "tenant", "group_name"),
)

revocations = Table(
    "revocations",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("user_name", Text, primary_key=True, comment="empty: of everybody in the tenant"),
    Column("kind", Text, primary_key=True, comment="user, group or role"),
    Column("name", Text, primary_key=True, comment="of the group or role; empty for a user"),
    Column("at", DateTime(timezone=True), nullable=False, comment="tokens minted up to then have lost it"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True, comment="SHA-256 of what the cookie holds"),
    Column("tenant", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("renew_at", DateTime(timezone=True), nullable=True, comment="when the provider is asked again"),
    Column("refresh_token", Text, nullable=False, server_default="", comment="of the provider, encrypted"),
    _now("created_at"),
    Index("ix_sessions_user", "tenant", "user_name"),
    Index("ix_sessions_expiry", "expires_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("secret_hash", Text, nullable=False, unique=True, comment="SHA-256 of the key"),
    Column("beginning", Text, nullable=False, comment="the first characters, to tell keys apart"),
    Column("scopes", ARRAY(Text), nullable=False, comment="roles"),
    Column("groups", ARRAY(Text), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=True),
    Column("last_used_at", DateTime(timezone=True), nullable=True),
    _now("created_at"),
    Index("uq_api_keys_name", "tenant", "name", unique=True),
)

sites = Table(
    "sites",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("public_key", Text, nullable=False, unique=True),
    Column("origins", ARRAY(Text), nullable=False, comment="where the widget may stand: https://shop.example"),
    Column("greeting", JSONB, nullable=False, server_default="{}", comment="language → text"),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("opening", JSONB, nullable=False, server_default="{}", comment="hours of the week, days off"),
    _now("created_at"),
    _now("updated_at"),
    Index("ix_sites_origins", "origins", postgresql_using="gin"),
    Index("uq_sites_name", "tenant", "name", unique=True),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True, comment="counts from 1 without a gap"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False, comment="SHA-256 over all the others"),
    Index("ix_audit_entries_actor", "tenant", "actor", "sequence"),
    Index("ix_audit_entries_action", "tenant", "action", "sequence"),
)

audit_heads = Table(
    "audit_heads",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("signature", Text, nullable=False, comment="HMAC by SECRET_KEY: an end cut off is noticed"),
)
