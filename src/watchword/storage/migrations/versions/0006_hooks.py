"""Callers who have us bring their codes, what they asked for, and the routes that messages take."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Bytes are compared, whatever the locale of the database.
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, Text, nullable=False, server_default=default)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def upgrade() -> None:
    op.create_table(
        "hook",
        sa.Column("name", Text, primary_key=True),
        text("shape"),
        text("proof"),
        text("realm"),
        text("settings", "{}"),
        text("secrets", "{}"),
        sa.Column("active", sa.SmallInteger, nullable=False, server_default="1"),
    )
    op.create_table(
        "route", sa.Column("name", Text, primary_key=True), number("position"), text("content", "{}")
    )
    op.create_table(
        "hook_event",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        text("errand"),
        number("made"),
        number("expires"),
        sa.Column("answer", sa.LargeBinary, nullable=False),
    )
    op.create_index("hook_event_expires", "hook_event", ["expires"])
    named = sa.text("their_reference <> ''")
    op.create_index(
        "errand_theirs", "errand", ["their_reference"], sqlite_where=named, postgresql_where=named
    )
