"""Columns for the execution on upstreams: the lease of steps, alternative providers and their price.

All of them may be left out of an INSERT, so that the previous release can run beside this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("generation", sa.Column("lease", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("generation", sa.Column("alternatives", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("generation", sa.Column("price", sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in ("price", "alternatives", "lease"):
        op.drop_column("generation", name)
