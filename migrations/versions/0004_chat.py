"""Conversations, turns and feedback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

NOW = sa.text('clock_timestamp()')


def upgrade() -> None:
    op.create_table('conversations',
    sa.Column('id', sa.Text(), primary_key=True),
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('owner', sa.Text(), nullable=False, comment='the user whose conversation it is'),
    sa.Column('channel', sa.Text(), server_default='', nullable=False),
    sa.Column('title', sa.Text(), server_default='', nullable=False, comment='what was asked first'),
    sa.Column('state', sa.Text(), server_default='bot', nullable=False, comment='bot, waiting, agent, back or closed'),
    sa.Column('agent', sa.Text(), server_default='', nullable=False, comment='who owns it in state agent'),
    sa.Column('reason', sa.Text(), server_default='', nullable=False, comment='why a person was asked for'),
    sa.Column('summary', sa.Text(), server_default='', nullable=False, comment='what the agent should know'),
    sa.Column('state_since', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    op.create_index('ix_conversations_owner', 'conversations', ['tenant', 'owner', 'updated_at'])
    op.create_index('ix_conversations_people', 'conversations', ['tenant', 'state', 'state_since'], postgresql_where=sa.text("state IN ('waiting', 'agent')"))
    op.create_table('messages',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), primary_key=True),
    sa.Column('conversation_id', sa.Text(), sa.ForeignKey('conversations.id', ondelete='CASCADE'), nullable=False),
    sa.Column('role', sa.Text(), nullable=False, comment='agent or system; what the person wrote stands in turns'),
    sa.Column('author', sa.Text(), server_default='', nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    op.create_index('ix_messages_conversation', 'messages', ['conversation_id', 'id'])
    op.create_table('turns',
    sa.Column('id', sa.Text(), primary_key=True),
    sa.Column('conversation_id', sa.Text(), sa.ForeignKey('conversations.id', ondelete='CASCADE'), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False, comment='counts from 1 within its conversation'),
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('owner', sa.Text(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False, comment='what the person wrote'),
    sa.Column('message_sha256', sa.Text(), nullable=False),
    sa.Column('idempotency_key', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False, comment='running, done, interrupted, cancelled or failed'),
    sa.Column('language', sa.Text(), server_default='', nullable=False),
    sa.Column('question', sa.Text(), server_default='', nullable=False, comment='the stand-alone question that was searched'),
    sa.Column('decision', sa.Text(), server_default='', nullable=False),
    sa.Column('answer', sa.Text(), server_default='', nullable=False),
    sa.Column('confidence', sa.Float(), server_default='0', nullable=False),
    sa.Column('details', postgresql.JSONB(), server_default='{}', nullable=False, comment='all else that `done` says, and how it came'),
    sa.Column('events', postgresql.JSONB(), server_default='[]', nullable=False, comment='every event of the stream, in order'),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=False, comment='its process extends it while it runs'),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    op.create_index('uq_turns_number', 'turns', ['conversation_id', 'number'], unique=True)
    op.create_index('uq_turns_running', 'turns', ['conversation_id'], unique=True, postgresql_where=sa.text("state = 'running'"))
    op.create_index('uq_turns_idempotency', 'turns', ['tenant', 'owner', 'idempotency_key'], unique=True, postgresql_where=sa.text('idempotency_key IS NOT NULL'))
    op.create_table('feedback',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), primary_key=True),
    sa.Column('turn_id', sa.Text(), sa.ForeignKey('turns.id', ondelete='CASCADE'), nullable=False),
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('rating', sa.SmallInteger(), nullable=False, comment='1 or -1'),
    sa.Column('comment', sa.Text(), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    op.create_index('uq_feedback_author', 'feedback', ['turn_id', 'author'], unique=True)


def downgrade() -> None:
    op.drop_table('feedback')
    op.drop_table('turns')
    op.drop_table('messages')
    op.drop_table('conversations')
