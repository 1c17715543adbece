"""Generations that wait for a slot of an upstream, and the jobs of each upstream, of which there is a limit."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
# Of `generations.execution.shared_slots`.
INDEX = """CREATE INDEX generation_by_backend ON generation ((route ->> 'backend'))
    WHERE active AND stage <> 'QUEUED' AND NOT test_mode"""


def upgrade() -> None:
    op.create_table(
        "slot_wait",
        sa.Column("generation_id", sa.String(), nullable=False),
        sa.Column("backend", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("generation_id"),
    )
    op.create_index("slot_wait_by_backend", "slot_wait", ["backend", "generation_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":  # SQLite has one process, which counts in memory
        op.execute(INDEX)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("generation_by_backend", "generation")
    op.drop_table("slot_wait")
