"""Rules: every version of every rule file, which of them judge, and what those in shadow would have done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('rule_versions',
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False, comment='from 1; never given twice, not even after a removal'),
    sa.Column('body', sa.Text(), nullable=False, comment='as its author wrote it'),
    sa.Column('format', sa.Text(), nullable=False, comment='yaml, csv or jdm'),
    sa.Column('normal', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='the same, checked, for quick loading'),
    sa.Column('author', sa.Text(), server_default='', nullable=False),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'name', 'version', name=op.f('pk_rule_versions'))
    )
    op.create_table('rule_states',
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('active_version', sa.Integer(), nullable=True, comment='what judges; null: nothing, 0: the built-in one'),
    sa.Column('shadow_version', sa.Integer(), nullable=True, comment='what only counts what it would do'),
    sa.Column('removed', sa.Boolean(), server_default='false', nullable=False, comment='a built-in one counts again'),
    sa.Column('changed_by', sa.Text(), server_default='', nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'name', name=op.f('pk_rule_states'))
    )
    op.create_table('rule_shadow_counts',
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('rule', sa.Text(), nullable=False, comment='empty: everything judged, and where the effect would differ'),
    sa.Column('count', sa.BigInteger(), nullable=False, comment='how often it fitted; with an empty rule: how often it judged'),
    sa.Column('differed', sa.BigInteger(), server_default='0', nullable=False, comment='the turn would have gone otherwise'),
    sa.PrimaryKeyConstraint('tenant', 'name', 'version', 'stage', 'rule', name=op.f('pk_rule_shadow_counts'))
    )


def downgrade() -> None:
    op.drop_table('rule_shadow_counts')
    op.drop_table('rule_states')
    op.drop_table('rule_versions')
