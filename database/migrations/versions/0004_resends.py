"""Tables of requests without an idempotency key that a client sends several times, numbering its transmissions."""

import sqlalchemy as sa
from alembic import op

from database.types import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "resend_content",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.Column("has_early_resend", sa.Boolean(), nullable=False),
        sa.Column("used_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "resend_request",
        sa.Column("content_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("transmissions", sa.String(), nullable=False),
        sa.Column("generation_id", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("content_id", "number"),
    )
    op.create_index("resend_request_of_generation", "resend_request", ["generation_id"], unique=False)


def downgrade() -> None:
    op.drop_table("resend_request")
    op.drop_table("resend_content")
