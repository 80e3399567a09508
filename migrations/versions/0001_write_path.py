"""The tables of the write path."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def _cleaning_packs() -> None:
    op.create_table('cleaning_packs',
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False, comment='YAML'),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('author', sa.Text(), server_default='', nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'name', name=op.f('pk_cleaning_packs'))
    )


def _dead_letters() -> None:
    op.create_table('dead_letters',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False, comment='read, clean, chunk or index'),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.Text(), server_default='open', nullable=False, comment='open, replayed or dropped'),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dead_letters'))
    )
    op.create_index('uq_dead_letters_change', 'dead_letters', ['tenant', 'source', 'key', 'version', 'stage'], unique=True)


def _document_texts() -> None:
    op.create_table('document_texts',
    sa.Column('document_id', sa.Text(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('readers', postgresql.ARRAY(sa.Text()), nullable=False, comment='readers of this version'),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('document_id', 'version', name=op.f('pk_document_texts'))
    )


def _idempotency_keys() -> None:
    op.create_table('idempotency_keys',
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('caller', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('request_sha256', sa.Text(), nullable=False),
    sa.Column('response', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'caller', 'key', name=op.f('pk_idempotency_keys'))
    )


def _indexes() -> None:
    op.create_table('indexes',
    sa.Column('name', sa.Text(), nullable=False, comment='also the name of the collection in Milvus'),
    sa.Column('model', sa.Text(), nullable=False),
    sa.Column('dimensions', sa.Integer(), nullable=False),
    sa.Column('embeddings_base_url', sa.Text(), nullable=False),
    sa.Column('query_prefix', sa.Text(), nullable=False),
    sa.Column('document_prefix', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False, comment='building, active or retired'),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_indexes'))
    )


def _ledger() -> None:
    op.create_table('ledger',
    sa.Column('index_name', sa.Text(), nullable=False),
    sa.Column('document_id', sa.Text(), nullable=False),
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), server_default='', nullable=False),
    sa.Column('title', sa.Text(), server_default='', nullable=False),
    sa.Column('url', sa.Text(), server_default='', nullable=False),
    sa.Column('language', sa.Text(), server_default='', nullable=False),
    sa.Column('metadata', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('state', sa.Text(), nullable=False, comment='pending, shown, rejected (latest change), dropped (by rule) or deleted'),
    sa.Column('seen_version', sa.BigInteger(), nullable=False, comment='newest version received'),
    sa.Column('seen_readers', postgresql.ARRAY(sa.Text()), nullable=False, comment='readers of the newest version received'),
    sa.Column('deleted_version', sa.BigInteger(), server_default='0', nullable=False, comment='newest delete received'),
    sa.Column('version', sa.BigInteger(), server_default='0', nullable=False, comment='newest version applied'),
    sa.Column('shown_readers', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False, comment='readers of the version shown'),
    sa.Column('index_version', sa.BigInteger(), server_default='0', nullable=False, comment='version whose chunks are shown; 0: nothing is'),
    sa.Column('chunks', sa.Integer(), server_default='0', nullable=False),
    sa.Column('change_hash', sa.Text(), server_default='', nullable=False, comment='of the change as it came, and its pack'),
    sa.Column('generation', sa.Integer(), server_default='0', nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('index_name', 'document_id', name=op.f('pk_ledger'))
    )
    op.create_index('ix_ledger_source', 'ledger', ['index_name', 'tenant', 'source', 'document_id'], unique=False)


def _source_progress() -> None:
    op.create_table('source_progress',
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False, comment='the index had followed the source up to here'),
    sa.PrimaryKeyConstraint('tenant', 'source', name=op.f('pk_source_progress'))
    )


def _sources() -> None:
    op.create_table('sources',
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('contract', sa.Text(), nullable=False, comment='the YAML as its owner wrote it'),
    sa.Column('generation', sa.Integer(), nullable=False, comment='rises with each change of the contract'),
    sa.Column('desired', sa.Text(), server_default='active', nullable=False, comment='active, paused or removed'),
    sa.Column('status', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False, comment='written by the controller'),
    sa.Column('memory', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False, comment='what the controller must remember, for itself'),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'name', name=op.f('pk_sources'))
    )


def _topic_epochs() -> None:
    op.create_table('topic_epochs',
    sa.Column('epoch', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('topic_id', sa.Text(), nullable=False, comment="Kafka's own id of the topic, and its partitions"),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('epoch', name=op.f('pk_topic_epochs')),
    sa.UniqueConstraint('topic_id', name=op.f('uq_topic_epochs_topic_id'))
    )


def _uploads() -> None:
    op.create_table('uploads',
    sa.Column('document_id', sa.Text(), nullable=False),
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False, comment='key of the document in source `files`: its file name, or a path'),
    sa.Column('filename', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('content_type', sa.Text(), server_default='', nullable=False),
    sa.Column('original', sa.Text(), nullable=False, comment='path in the object store'),
    sa.Column('title', sa.Text(), server_default='', nullable=False),
    sa.Column('readers', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('metadata', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('state', sa.Text(), nullable=False, comment='queued, parsing, parsed, failed or deleted'),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('progress', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False, comment='{stage, page, pages}'),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('revision', sa.Integer(), server_default='1', nullable=False, comment='rises with each new version of the file'),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True, comment='a worker holds it until then'),
    sa.Column('uploaded_by', sa.Text(), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_uploads'))
    )
    op.create_index('ix_uploads_state', 'uploads', ['state', 'lease_until'], unique=False)


def upgrade() -> None:
    _cleaning_packs()
    _dead_letters()
    _document_texts()
    _idempotency_keys()
    _indexes()
    _ledger()
    _source_progress()
    _sources()
    _topic_epochs()
    _uploads()


def downgrade() -> None:
    op.drop_index('ix_uploads_state', table_name='uploads')
    op.drop_table('uploads')
    op.drop_table('topic_epochs')
    op.drop_table('sources')
    op.drop_table('source_progress')
    op.drop_index('ix_ledger_source', table_name='ledger')
    op.drop_table('ledger')
    op.drop_table('indexes')
    op.drop_table('idempotency_keys')
    op.drop_table('document_texts')
    op.drop_index('uq_dead_letters_change', table_name='dead_letters')
    op.drop_table('dead_letters')
    op.drop_table('cleaning_packs')
