"""The first shelves: tokens and their realms, people, configuration, audit, sessions, limits."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Bytes are compared, whatever the locale of the database: both keepings sort and find alike.
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# SQLite numbers a row by itself only where its key is declared INTEGER.
Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Room on each page, so that a log-in rewrites a row where it lies and touches no index.
ROOM = {"fillfactor": "70"}


TALLY = {
    "sqlite": [
        "INSERT INTO tally (slot) VALUES (0)",
        "CREATE TRIGGER token_added AFTER INSERT ON token BEGIN UPDATE tally SET tokens = tokens + 1; END",
        "CREATE TRIGGER token_removed AFTER DELETE ON token BEGIN UPDATE tally SET tokens = tokens - 1; END",
    ],
    "postgresql": [
        """CREATE FUNCTION tally_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            change bigint;
        BEGIN
            SELECT CASE WHEN tg_op = 'INSERT' THEN count(*) ELSE -count(*) END INTO change FROM changed;
            IF change <> 0 THEN
                INSERT INTO tally (slot, tokens) VALUES (mod(pg_backend_pid(), 64), change)
                ON CONFLICT (slot) DO UPDATE SET tokens = tally.tokens + excluded.tokens;
            END IF;
            RETURN NULL;
        END $$""",
        """CREATE TRIGGER token_added AFTER INSERT ON token REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION tally_tokens()""",
        """CREATE TRIGGER token_removed AFTER DELETE ON token REFERENCING OLD TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION tally_tokens()""",
    ],
}


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, Text, nullable=False, server_default="")


def number(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=str(default))


def flag(name: str, default: int) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger, nullable=False, server_default=str(default))


def upgrade() -> None:
    tokens()
    people()
    configuration()
    audit()
    op.create_table(
        "session",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        text("kind"),
        text("login"),
        text("holder"),
        number("opened"),
        number("expires"),
        text("client"),
    )
    op.create_index("session_login", "session", ["login"])
    op.create_index("session_expires", "session", ["expires"])
    op.create_table(
        "throttle",
        sa.Column("resolver", Text, primary_key=True),
        sa.Column("userid", Text, primary_key=True),
        sa.Column("client", Text, primary_key=True),
        number("failures"),
        number("last"),
        number("until"),
        # The rule by which the bucket was counted last: an upsert sees nothing but columns.
        number("threshold"),
        number("base"),
        number("longest"),
        number("forget"),
        sqlite_with_rowid=False,
        postgresql_with=ROOM,
    )
    op.create_table("meta", sa.Column("name", Text, primary_key=True), text("value"))


def tokens() -> None:
    op.create_table(
        "token",
        sa.Column("id", Key, sa.Identity(), primary_key=True),
        text("serial"),
        text("kind"),
        sa.Column("resolver", Text),  # No owner: both are NULL, so that no subject finds the token.
        sa.Column("userid", Text),
        text("description"),
        flag("active", 1),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("pin", sa.LargeBinary),
        number("digits", 6),
        number("counter"),
        number("failures"),
        number("max_failures", 10),
        number("window", 10),
        number("sync_window", 1000),
        number("attempts"),
        number("attempts_max"),
        number("successes"),
        number("successes_max"),
        number("valid_from"),
        number("valid_until"),
        text("info"),
        text("state"),
        number("created"),
        number("last_match"),
        number("last_success"),
        sa.Column(
            "searched",
            Text,
            sa.Computed(
                "lower(serial || '\n' || description || '\n' || kind || '\n' || coalesce(userid, '') || '\n' ||"
                " coalesce(resolver, ''))",
                persisted=True,
            ),
        ),
        sqlite_autoincrement=True,  # A number is never given twice: a late settlement must not hit a new token.
        postgresql_with=ROOM,
    )
    op.create_index("token_serial", "token", ["serial"], unique=True, postgresql_include=["id"])
    op.create_index("token_owner", "token", ["resolver", "userid"])
    op.create_index("token_kind", "token", ["kind", "serial"])
    # How many there are, in some rows, so that those who add tokens at once seldom wait for each other.
    op.create_table("tally", sa.Column("slot", sa.BigInteger, primary_key=True), number("tokens"))
    for statement in TALLY[op.get_context().dialect.name]:
        op.execute(statement)
    op.create_table(
        "token_realm",
        sa.Column("token_id", sa.BigInteger, sa.ForeignKey("token.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("realm", Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("token_realm_realm", "token_realm", ["realm", "token_id"])


def people() -> None:
    op.create_table(
        "person",
        sa.Column("resolver", Text, primary_key=True),
        sa.Column("userid", Text, primary_key=True),
        text("login"),
        text("folded"),
        text("attributes"),
        text("password"),
    )  # With row ids: without them SQLite's planner reads a whole resolver instead of asking person_folded.
    op.create_index("person_folded", "person", ["resolver", "folded"])
    op.create_index("person_login", "person", ["resolver", "login"])


def configuration() -> None:
    op.create_table("revision", number("number"))
    op.execute("INSERT INTO revision (number) VALUES (1)")
    op.create_table(
        "config_entry",
        sa.Column("name", Text, primary_key=True),
        text("value"),
        sa.Column("sealed", sa.LargeBinary),
        text("kind"),
        text("description"),
    )
    op.create_table(
        "resolver",
        sa.Column("name", Text, primary_key=True),
        text("kind"),
        text("settings"),
        text("secrets"),
        flag("readonly", 0),
        flag("immutable", 0),
    )
    op.create_table("realm", sa.Column("name", Text, primary_key=True), flag("is_default", 0))
    op.create_table(
        "realm_resolver",
        sa.Column("realm", Text, sa.ForeignKey("realm.name", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.BigInteger, primary_key=True),
        text("resolver"),
    )
    op.create_table(
        "policy",
        sa.Column("name", Text, primary_key=True),
        text("scope"),
        text("action"),
        text("realm"),
        text("user"),
        text("client"),
        text("time"),
        flag("active", 1),
    )


def audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", Key, sa.Identity(), primary_key=True),
        number("at"),
        text("action"),
        flag("success", 0),
        text("serial"),
        text("token_type"),
        text("user"),
        text("realm"),
        text("administrator"),
        text("action_detail"),
        text("info"),
        text("server"),
        text("client"),
        text("log_level"),
        number("clearance"),
        text("trace"),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
        sa.Column("mark", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    # Anybody may send a user name of any length, and an index of PostgreSQL holds 2,700 bytes.
    op.create_index("audit_user", "audit", [sa.text('substr("user", 1, 100)'), "id"])
    op.create_index("audit_serial", "audit", [sa.text("substr(serial, 1, 100)"), "id"])
