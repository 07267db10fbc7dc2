"""Questions, the outbox of messages that bring them, and the providers of messages."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Bytes are compared, whatever the locale of the database.
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# Room on each page, so that an answer rewrites a question where it lies and touches no index.
ROOM = {"fillfactor": "70"}


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, Text, nullable=False, server_default="")


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def flag(name: str, default: int) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger, nullable=False, server_default=str(default))


def upgrade() -> None:
    op.create_table(
        "challenge",
        sa.Column("id", Text, primary_key=True),
        text("parent"),
        sa.Column("token_id", sa.BigInteger, sa.ForeignKey("token.id", ondelete="CASCADE"), nullable=False),
        text("prompt"),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("data", sa.LargeBinary),
        number("asked"),
        number("expires"),
        number("received"),
        flag("valid", 0),
        flag("open", 1),
        postgresql_with=ROOM,
    )
    op.create_index("challenge_parent", "challenge", ["parent"])
    op.create_index("challenge_token", "challenge", ["token_id", "asked", "id"])
    op.create_index("challenge_expires", "challenge", ["expires"])
    op.create_table(
        "errand",
        sa.Column("reference", Text, primary_key=True),
        text("challenge"),
        text("channel"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        text("providers"),
        number("made"),
        number("expires"),
        number("held_until"),
        text("stage"),
        number("attempts"),
        text("provider"),
        text("reason"),
        text("their_reference"),
    )
    op.create_index("errand_made", "errand", ["made", "reference"])
    # Of all that were ever written, few wait or are under way.
    for name, column, stage in (
        ("errand_waiting", "expires", "waiting"),
        ("errand_under_way", "held_until", "under way"),
    ):
        condition = sa.text(f"stage = '{stage}'")
        op.create_index(name, "errand", [column], sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "provider",
        sa.Column("channel", Text, primary_key=True),
        sa.Column("name", Text, primary_key=True),
        text("class_name"),
        sa.Column("config", sa.LargeBinary),
        text("timeout"),
        flag("is_default", 0),
    )
