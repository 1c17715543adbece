"""What all servers of a database have in common, among it which releases may run on its schema.

The table is new, so that the previous release can run beside this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    table = op.create_table(
        "installation",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("value", sa.String(), nullable=False),
    )
    op.bulk_insert(table, [{"name": "compatible_from", "value": revision}])


def downgrade() -> None:
    op.drop_table("installation")
