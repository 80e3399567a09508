"""Conversations that are shared by a link, and why an answer was rated as it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('feedback', sa.Column('reason', sa.Text(), server_default='', nullable=False, comment='wrong, incomplete, outdated, source, tone or other'))
    op.create_table('shares',
    sa.Column('token', sa.Text(), primary_key=True),
    sa.Column('conversation_id', sa.Text(), sa.ForeignKey('conversations.id', ondelete='CASCADE'), unique=True, nullable=False),
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('turns', sa.Integer(), nullable=False, comment='how many turns are shared; later ones are not'),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    )


def downgrade() -> None:
    op.drop_table('shares')
    op.drop_column('feedback', 'reason')
