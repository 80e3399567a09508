"""Versions of cleaning packs, uploads that can be taken up again, and what is drawn over time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

NOW = sa.text('now()')


def upgrade() -> None:
    op.create_table('cleaning_pack_versions',
    sa.Column('tenant', sa.Text(), primary_key=True),
    sa.Column('name', sa.Text(), primary_key=True),
    sa.Column('version', sa.Integer(), primary_key=True, comment='from 1; never given twice, not even after a removal'),
    sa.Column('body', sa.Text(), nullable=False, comment='YAML'),
    sa.Column('author', sa.Text(), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    op.execute("""
INSERT INTO cleaning_pack_versions (tenant, name, version, body, author, created_at)
SELECT tenant, name, version, body, author, updated_at FROM cleaning_packs
""")
    op.create_table('system_samples',
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), primary_key=True),
    sa.Column('body', postgresql.JSONB(), nullable=False, comment='sources, queue and memory; a day is kept'),
    )
    op.create_table('upload_sessions',
    sa.Column('id', sa.Text(), primary_key=True),
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('caller', sa.Text(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('received_bytes', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('about', postgresql.JSONB(), nullable=False, comment='name, path, readers, title, metadata, content type'),
    sa.Column('pieces', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False, comment='paths in the object store, in order'),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index('ix_upload_sessions_expires_at', 'upload_sessions', ['expires_at'])
    op.create_index('ix_document_texts_created_at', 'document_texts', ['created_at'])


def downgrade() -> None:
    op.drop_index('ix_document_texts_created_at', table_name='document_texts')
    op.drop_table('upload_sessions')
    op.drop_table('system_samples')
    op.drop_table('cleaning_pack_versions')
