"""Prints the SQL that brings a schema from one revision to the newest: ``python -m ... DIALECT [FROM]``."""

import sys

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from watchword.storage.migrations import FOLDER


def print_sql(dialect: str, start: str | None) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    with EnvironmentContext(
        config,
        script,
        fn=lambda revision, _context: script._upgrade_revs("head", revision),  # noqa: SLF001  as `alembic upgrade` does
        as_sql=True,
        starting_rev=start,
    ) as environment:
        environment.configure(dialect_name=dialect, output_buffer=sys.stdout, transactional_ddl=False)
        environment.run_migrations()


print_sql(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
