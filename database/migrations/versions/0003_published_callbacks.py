"""Columns for requests of other APIs: the form of their webhook messages, and their choice of routes.

All of them may be left out of an INSERT, so that the previous release can run beside this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("generation", sa.Column("webhook_format", sa.String(), nullable=True))
    op.add_column("generation", sa.Column("routing", sa.String(), nullable=True))
    op.add_column("webhook_delivery", sa.Column("format", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("webhook_delivery", "format")
    for name in ("routing", "webhook_format"):
        op.drop_column("generation", name)
