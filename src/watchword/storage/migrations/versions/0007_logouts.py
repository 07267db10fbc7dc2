"""Log-outs that clients of the OpenID provider are still to be told of."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Bytes are compared, whatever the locale of the database.
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "oidc_logout",
        sa.Column("id", Text, primary_key=True),
        sa.Column("client_id", Text, nullable=False),
        sa.Column("sub", Text, nullable=False),
        sa.Column("sid", Text, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("expires", sa.BigInteger, nullable=False),
    )
    op.create_index("oidc_logout_due", "oidc_logout", ["due"])
