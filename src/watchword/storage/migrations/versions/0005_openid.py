"""The OpenID provider: clients, grants and what follows from them, requests under way, consents, signing keys."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Bytes are compared, whatever the locale of the database.
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, Text, nullable=False, server_default="")


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def facts() -> sa.Column[str]:
    return sa.Column("facts", Text, nullable=False)


def upgrade() -> None:
    op.create_table("oidc_client", sa.Column("id", Text, primary_key=True), facts())
    op.create_table(
        "oidc_grant",
        sa.Column("id", Text, primary_key=True),
        text("client_id"),
        text("resolver"),
        text("userid"),
        text("sid"),
        number("expires"),
        number("revoked"),
        facts(),
    )
    op.create_index("oidc_grant_subject", "oidc_grant", ["resolver", "userid"])
    op.create_index("oidc_grant_sid", "oidc_grant", ["sid"])
    op.create_index("oidc_grant_expires", "oidc_grant", ["expires"])
    op.create_table(
        "oidc_ticket",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("grant_id", Text, nullable=False),
        text("kind"),
        text("scopes"),
        number("expires"),
        number("used"),
    )
    op.create_index("oidc_ticket_expires", "oidc_ticket", ["expires"])
    for name, more in (
        ("oidc_pending", ()),
        (
            "oidc_device",
            (
                sa.Column("user_code", sa.LargeBinary, nullable=False, unique=True),
                text("state"),
                text("grant_id"),
                number("asked"),
            ),
        ),
        ("oidc_seen", ()),
    ):
        op.create_table(
            name,
            sa.Column("id", sa.LargeBinary, primary_key=True),
            *more,
            number("expires"),
            *(() if name == "oidc_seen" else (facts(),)),
        )
        op.create_index(f"{name}_expires", name, ["expires"])
    op.create_table(
        "oidc_consent",
        sa.Column("resolver", Text, primary_key=True),
        sa.Column("userid", Text, primary_key=True),
        sa.Column("client_id", Text, primary_key=True),
        text("scopes"),
        number("given"),
    )
    op.create_table(
        "oidc_key",
        sa.Column("id", Text, primary_key=True),
        text("algorithm"),
        text("state"),
        text("public"),
        sa.Column("private", sa.LargeBinary, nullable=False),
        number("created"),
        number("since"),
    )
    # Of several nodes that make a first key at once, one is heard.
    for state in ("current", "next"):
        only = sa.text(f"state = '{state}'")
        op.create_index(
            f"oidc_key_{state}",
            "oidc_key",
            ["algorithm"],
            unique=True,
            sqlite_where=only,
            postgresql_where=only,
        )
