"""Users, groups, sessions, API keys, widget sites, and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

NOW = sa.text('clock_timestamp()')

APPEND_ONLY = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log only grows';
END $$;
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
"""


def upgrade() -> None:
    op.create_table('users',
    sa.Column('tenant', sa.Text(), primary_key=True),
    sa.Column('name', sa.Text(), primary_key=True, comment='as it signs in, and as `user:<name>` reads documents'),
    sa.Column('display_name', sa.Text(), server_default='', nullable=False),
    sa.Column('email', sa.Text(), server_default='', nullable=False),
    sa.Column('roles', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('password_hash', sa.Text(), server_default='', nullable=False, comment='argon2; empty: no sign-in by password'),
    sa.Column('origin', sa.Text(), server_default='local', nullable=False, comment="local, or the provider's name"),
    sa.Column('subject', sa.Text(), server_default='', nullable=False, comment='who it is to the provider (sub)'),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('deleted', sa.Boolean(), server_default='false', nullable=False, comment='kept, so that its tokens stay void'),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    op.create_index('ix_users_subject', 'users', ['tenant', 'origin', 'subject'])
    op.create_table('groups',
    sa.Column('tenant', sa.Text(), primary_key=True),
    sa.Column('name', sa.Text(), primary_key=True),
    sa.Column('description', sa.Text(), server_default='', nullable=False),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False, comment='false: deleted, and taken from tokens'),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    op.create_table('memberships',
    sa.Column('tenant', sa.Text(), primary_key=True),
    sa.Column('user_name', sa.Text(), primary_key=True),
    sa.Column('group_name', sa.Text(), primary_key=True),
    )
    op.create_index('ix_memberships_group', 'memberships', ['tenant', 'group_name'])
    op.create_table('revocations',
    sa.Column('tenant', sa.Text(), primary_key=True),
    sa.Column('user_name', sa.Text(), primary_key=True, comment='empty: of everybody in the tenant'),
    sa.Column('kind', sa.Text(), primary_key=True, comment='user, group or role'),
    sa.Column('name', sa.Text(), primary_key=True, comment='of the group or role; empty for a user'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='tokens minted up to then have lost it'),
    )
    op.create_table('sessions',
    sa.Column('token_hash', sa.Text(), primary_key=True, comment='SHA-256 of what the cookie holds'),
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('user_name', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('renew_at', sa.DateTime(timezone=True), nullable=True, comment='when the provider is asked again'),
    sa.Column('refresh_token', sa.Text(), server_default='', nullable=False, comment='of the provider, encrypted'),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    op.create_index('ix_sessions_expiry', 'sessions', ['expires_at'])
    op.create_index('ix_sessions_user', 'sessions', ['tenant', 'user_name'])
    op.create_table('api_keys',
    sa.Column('id', sa.Text(), primary_key=True),
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('secret_hash', sa.Text(), unique=True, nullable=False, comment='SHA-256 of the key'),
    sa.Column('beginning', sa.Text(), nullable=False, comment='the first characters, to tell keys apart'),
    sa.Column('scopes', postgresql.ARRAY(sa.Text()), nullable=False, comment='roles'),
    sa.Column('groups', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    op.create_index('uq_api_keys_name', 'api_keys', ['tenant', 'name'], unique=True)
    op.create_table('sites',
    sa.Column('id', sa.Text(), primary_key=True),
    sa.Column('tenant', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('public_key', sa.Text(), unique=True, nullable=False),
    sa.Column('origins', postgresql.ARRAY(sa.Text()), nullable=False, comment='where the widget may stand: https://shop.example'),
    sa.Column('greeting', postgresql.JSONB(), server_default='{}', nullable=False, comment='language → text'),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=NOW, nullable=False),
    )
    op.create_index('uq_sites_name', 'sites', ['tenant', 'name'], unique=True)
    op.create_table('audit_entries',
    sa.Column('tenant', sa.Text(), primary_key=True),
    sa.Column('sequence', sa.BigInteger(), primary_key=True, comment='counts from 1 without a gap'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('object', sa.Text(), nullable=False),
    sa.Column('detail', postgresql.JSONB(), nullable=False),
    sa.Column('previous_hash', sa.Text(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False, comment='SHA-256 over all the others'),
    )
    op.create_index('ix_audit_entries_action', 'audit_entries', ['tenant', 'action', 'sequence'])
    op.create_index('ix_audit_entries_actor', 'audit_entries', ['tenant', 'actor', 'sequence'])
    op.create_table('audit_heads',
    sa.Column('tenant', sa.Text(), primary_key=True),
    sa.Column('sequence', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.Column('signature', sa.Text(), nullable=False, comment='HMAC by SECRET_KEY: an end cut off is noticed'),
    )
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    op.drop_table('audit_heads')
    op.drop_table('audit_entries')
    op.drop_table('sites')
    op.drop_table('api_keys')
    op.drop_table('sessions')
    op.drop_table('revocations')
    op.drop_table('memberships')
    op.drop_table('groups')
    op.drop_table('users')
    op.execute('DROP FUNCTION refuse_audit_change')
