"""Methods of authentication over OpenID: which are in force, and their properties."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Bytes are compared, whatever the locale of the database.
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "method",
        sa.Column("name", Text, primary_key=True),
        sa.Column("enabled", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("level", sa.BigInteger, nullable=False, server_default="0"),
        *(
            sa.Column(name, Text, nullable=False, server_default=default)
            for name, default in (("aliases", ""), ("properties", "{}"), ("secrets", "{}"))
        ),
        sa.Column("carrier", sa.LargeBinary),
        sa.Column("carrier_class", Text, nullable=False, server_default=""),
    )
