"""The SQL tables of conversations, in one place; `migrations/` creates them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


def _now(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp())


conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("owner", Text, nullable=False, comment="the user whose conversation it is"),
    Column("channel", Text, nullable=False, server_default=""),
    Column("title", Text, nullable=False, server_default="", comment="what was asked first"),
    Column("state", Text, nullable=False, server_default="bot", comment="bot, waiting, agent, back or closed"),
    Column("agent", Text, nullable=False, server_default="", comment="who owns it in state agent"),
    Column("reason", Text, nullable=False, server_default="", comment="why a person was asked for"),
    Column("summary", Text, nullable=False, server_default="", comment="what the agent should know"),
    Column("state_since", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    _now("created_at"),
    _now("updated_at"),
    Index("ix_conversations_owner", "tenant", "owner", "updated_at"),
    Index(
        "ix_conversations_people",
        "tenant",
        "state",
        "state_since",
        postgresql_where=text("state IN ('waiting', 'agent')"),
    ),
)

messages = Table(
    "messages",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("role", Text, nullable=False, comment="agent or system; what the person wrote stands in turns"),
    Column("author", Text, nullable=False, server_default=""),
    Column("text", Text, nullable=False),
    _now("created_at"),
    Index("ix_messages_conversation", "conversation_id", "id"),
)

turns = Table(
    "turns",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False, comment="counts from 1 within its conversation"),
    Column("tenant", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("message", Text, nullable=False, comment="what the person wrote"),
    Column("message_sha256", Text, nullable=False),
    Column("idempotency_key", Text, nullable=True),
    Column("state", Text, nullable=False, comment="running, done, interrupted, cancelled or failed"),
    Column("language", Text, nullable=False, server_default=""),
    Column("question", Text, nullable=False, server_default="", comment="the stand-alone question that was searched"),
    Column("decision", Text, nullable=False, server_default=""),
    Column("answer", Text, nullable=False, server_default=""),
    Column("confidence", Float, nullable=False, server_default="0"),
    Column("details", JSONB, nullable=False, server_default="{}", comment="all else that `done` says, and how it came"),
    Column("events", JSONB, nullable=False, server_default="[]", comment="every event of the stream, in order"),
    Column("lease_until", DateTime(timezone=True), nullable=False, comment="its process extends it while it runs"),
    _now("created_at"),
    _now("updated_at"),
    Index("ix_turns_created", "tenant", "created_at", "id"),
    Index("uq_turns_number", "conversation_id", "number", unique=True),
    Index("uq_turns_running", "conversation_id", unique=True, postgresql_where=text("state = 'running'")),
    Index(
        "uq_turns_idempotency",
        "tenant",
        "owner",
        "idempotency_key",
        unique=True,
        postgresql_where=text("idempotency_key IS NOT NULL"),
    ),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("turn_id", Text, ForeignKey("turns.id", ondelete="CASCADE"), nullable=False),
    Column("tenant", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("rating", SmallInteger, nullable=False, comment="1 or -1"),
    Column("comment", Text, nullable=False, server_default=""),
    Column(
        "reason", Text, nullable=False, server_default="", comment="wrong, incomplete, outdated, source, tone or other"
    ),
    Column("state", Text, nullable=False, server_default="open", comment="open, done or wont_fix"),
    Column("note", Text, nullable=False, server_default="", comment="what editors say about it"),
    Column("assignee", Text, nullable=False, server_default="", comment="the editor who looks after it"),
    Column("handled_by", Text, nullable=False, server_default="", comment="who changed it last"),
    Column("handled_at", DateTime(timezone=True), nullable=True),
    _now("created_at"),
    Index("uq_feedback_author", "turn_id", "author", unique=True),
)

shares = Table(
    "shares",
    metadata,
    Column("token", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("tenant", Text, nullable=False),
    Column("turns", Integer, nullable=False, comment="how many turns are shared; later ones are not"),
    _now("created_at"),
)
