"""Chunks of older versions are swept in batches; until then their document's row says so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('ledger', sa.Column('unswept', sa.Boolean(), server_default='true', nullable=False, comment="older versions' chunks may still be stored"))
    op.alter_column('ledger', 'unswept', server_default='false')
    op.create_index('ix_ledger_unswept', 'ledger', ['index_name', 'document_id'], postgresql_where=sa.text('unswept'))


def downgrade() -> None:
    op.drop_index('ix_ledger_unswept', 'ledger')
    op.drop_column('ledger', 'unswept')
