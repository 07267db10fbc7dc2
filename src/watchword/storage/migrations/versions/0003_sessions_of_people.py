"""Sessions of people: what they have proven, whose they are; and the messages of a question, to send them again."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Bytes are compared, whatever the locale of the database.
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    for name, default in (("facts", "{}"), ("resolver", ""), ("userid", "")):
        op.add_column("session", sa.Column(name, Text, nullable=False, server_default=default))
    op.create_index("session_subject", "session", ["resolver", "userid"])
    brings = sa.text("challenge <> ''")
    op.create_index("errand_challenge", "errand", ["challenge"], sqlite_where=brings, postgresql_where=brings)
