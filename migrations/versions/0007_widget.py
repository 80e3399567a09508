"""Opening hours of widget sites; sites are found by their origins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('sites', sa.Column('opening', postgresql.JSONB(), server_default='{}', nullable=False, comment='hours of the week, days off'))
    op.create_index('ix_sites_origins', 'sites', ['origins'], postgresql_using='gin')


def downgrade() -> None:
    op.drop_index('ix_sites_origins', 'sites')
    op.drop_column('sites', 'opening')
