"""Writes the SQL that brings a schema to the newest revision.

``python -m watchword.storage.migrations`` writes the files for an empty database anew;
``... DIALECT FROM`` prints what is to be done from that revision on.
"""

import io
import sys
from typing import TextIO

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from watchword.storage.migrations import FOLDER, fresh


def write_sql(dialect: str, start: str | None, to: TextIO) -> None:
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
        environment.configure(dialect_name=dialect, output_buffer=to, transactional_ddl=False)
        environment.run_migrations()


def fresh_sql(dialect: str) -> str:
    """What an empty database is to be given."""
    sql = io.StringIO()
    write_sql(dialect, None, sql)
    lines = [line.rstrip() for line in sql.getvalue().strip().splitlines()]
    return "\n".join(["-- Written by `python -m watchword.storage.migrations`.", *lines, ""])


def write_fresh() -> None:
    for dialect in ("sqlite", "postgresql"):
        fresh(dialect).parent.mkdir(exist_ok=True)
        fresh(dialect).write_text(fresh_sql(dialect))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_sql(sys.argv[1], sys.argv[2], sys.stdout)
    else:
        write_fresh()
