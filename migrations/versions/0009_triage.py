"""What becomes of feedback, and turns of a tenant in the order of their time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('feedback', sa.Column('state', sa.Text(), server_default='open', nullable=False, comment='open, done or wont_fix'))
    op.add_column('feedback', sa.Column('note', sa.Text(), server_default='', nullable=False, comment='what editors say about it'))
    op.add_column('feedback', sa.Column('assignee', sa.Text(), server_default='', nullable=False, comment='the editor who looks after it'))
    op.add_column('feedback', sa.Column('handled_by', sa.Text(), server_default='', nullable=False, comment='who changed it last'))
    op.add_column('feedback', sa.Column('handled_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_turns_created', 'turns', ['tenant', 'created_at', 'id'])


def downgrade() -> None:
    op.drop_index('ix_turns_created', 'turns')
    for name in ('handled_at', 'handled_by', 'assignee', 'note', 'state'):
        op.drop_column('feedback', name)
