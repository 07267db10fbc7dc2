"""What was spent on messages."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Bytes are compared, whatever the locale of the database.
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "spending",
        sa.Column("name", Text, primary_key=True),
        sa.Column("until", sa.BigInteger, primary_key=True),
        sa.Column("messages", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("cost", sa.BigInteger, nullable=False, server_default="0"),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index("spending_until", "spending", ["until"])
